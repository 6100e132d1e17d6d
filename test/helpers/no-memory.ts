// The system without memory: while `run` runs, no ArrayBuffer can be made.

export function withoutMemory(run: () => void): void {
  const { ArrayBuffer: real } = globalThis;
  globalThis.ArrayBuffer = class extends real {
    constructor() {
      super(0);
      throw new RangeError("Array buffer allocation failed");
    }
  };
  try {
    run();
  } finally {
    globalThis.ArrayBuffer = real;
  }
}
