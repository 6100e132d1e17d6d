/** The picture of LOLWUT: drops have fallen into a pond, and their rings run through each other. */

const WIDTH = 60;
const HEIGHT = 15;
const DROPS = 3;
const SHADES = " .:-=+*#";
/** A character is about twice as high as it is wide. */
const ASPECT = 2;

export function drawRipples(): string {
  const drops = Array.from({ length: DROPS }, () => ({
    x: Math.random() * WIDTH,
    y: Math.random() * HEIGHT * ASPECT,
    length: 4 + Math.random() * 5,
  }));
  let picture = "";
  for (let row = 0; row < HEIGHT; row++) {
    for (let x = 0; x < WIDTH; x++) {
      let height = 0;
      for (const drop of drops) {
        const distance = Math.hypot(x - drop.x, row * ASPECT - drop.y);
        height += Math.cos((distance / drop.length) * 2 * Math.PI) / (1 + distance / WIDTH);
      }
      picture += shade(height / DROPS);
    }
    picture = `${picture.trimEnd()}\n`;
  }
  return `${picture}\n`;
}

/** From -1, a trough, to 1, a crest. */
function shade(height: number): string {
  const index = Math.floor(((height + 1) / 2) * SHADES.length);
  return SHADES.charAt(Math.min(Math.max(index, 0), SHADES.length - 1));
}
