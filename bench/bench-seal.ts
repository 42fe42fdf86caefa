import { ApprovalSeal } from "../libs/approval-seal.ts";
import { createMessageMac } from "../libs/message-mac.ts";

/** The seal of risk and executor, with a key of its own. */
export async function benchSeal(): Promise<ApprovalSeal> {
	return new ApprovalSeal(await createMessageMac("a key that seals nothing but what the bench approves"));
}
