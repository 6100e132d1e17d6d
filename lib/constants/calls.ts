// The constants of the smaller families of calls, continued from ../constants.ts: the same names
// stand in native/constants.cc.
import { constants } from "../native.ts";

// poll(2)
export const {
  POLLIN,
  POLLPRI,
  POLLOUT,
  POLLRDHUP,
  POLLERR,
  POLLHUP,
  POLLNVAL,
  POLLRDNORM,
  POLLRDBAND,
  POLLWRNORM,
  POLLWRBAND,
  POLLMSG,
} = constants;
