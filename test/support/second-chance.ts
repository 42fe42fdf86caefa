import { expect, jest } from "@jest/globals";

/**
 * Tests with real processes, sockets and disks get a second chance on a busy machine; the first failure is printed, so
 * that none goes unseen. Unit tests get none.
 */
if (/\/test\/(integration|e2e)\//.test(expect.getState().testPath ?? "")) {
	jest.retryTimes(1, { logErrorsBeforeRetry: true });
}
