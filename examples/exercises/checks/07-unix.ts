import type { Exercise } from "../check/stage.ts";

export const unix: Exercise = {
  name: "07-unix",
  task: "listen on an abstract name, and know who calls",
  argument: "name",
  async check(stage) {
    await stage.step("somebody listens on the abstract name", () => {
      stage.connect();
    });
    await stage.step(`this process, ${process.pid}, is greeted by its number`, () => {
      stage.connect().hearsLast(`hello, process ${process.pid}\n`);
    });
    await stage.step("and so is the next client", () => {
      stage.connect().hearsLast(`hello, process ${process.pid}\n`);
    });
  },
};
