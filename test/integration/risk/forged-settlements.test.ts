import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { SOL_MINT } from "../../../core/execution/fill.ts";
import type { SealedSettlement, Settlement } from "../../../core/execution/submission.ts";
import { createMessageMac } from "../../../libs/message-mac.ts";
import { SettlementSeal } from "../../../libs/settlement-seal.ts";
import { until } from "../../support/until.ts";
import { type RiskActor, RiskDesk } from "./risk-desk.ts";

let desk: RiskDesk;
let risk: RiskActor;

beforeEach(async () => {
	desk = await RiskDesk.open();
	risk = await desk.start();
});
afterEach(() => desk.close());

const status = () => risk.bus.call("risk.status");
const forged = async (count: number) =>
	until(async () => (await status()).forgedSettlements === count, { what: `${count} forgeries to be heard` });

test("a stranger's expiry, landing or revert of an open intent frees nothing and books nothing", async () => {
	risk.behaviour = "vanishAfterSending";
	const intent = risk.intent();
	void risk.bus.call("risk.submitIntent", intent);
	await until(() => risk.signatures.length === 1, { what: "the transaction" });
	const landed = await risk.settlement(intent.intentId, risk.signatures[0]!);
	const expired: Settlement = { ...landed, outcome: "expired", fill: null };
	const reverted: Settlement = { ...landed, outcome: "reverted", fill: { ...landed.fill!, reverted: true } };
	const stranger = new SettlementSeal(await createMessageMac("a key that the stranger has made up"));
	const tellings = [expired, landed, reverted];
	for (const telling of tellings) {
		risk.tell({ ...telling, seal: "" });
		risk.tell({ ...telling, seal: undefined as unknown as string });
		risk.tell(stranger.seal(telling));
	}
	await forged(9);
	expect(await status()).toMatchObject({ inFlight: 1, landed: 0, reverted: 0, expired: 0 });
	expect(await risk.bus.call("risk.outcome", { intentId: intent.intentId })).toEqual({ status: "open" });
	expect(risk.heard["risk.settlement.booked"]).toBeUndefined();
	// A log that anybody can fill hides what matters.
	expect(risk.log.filter((line) => line.includes("is not an executor's word"))).toHaveLength(4);
	const books = await risk.settledBooks();
	expect(books.lines.find(({ mint }) => mint === SOL_MINT)).toMatchObject({ fees: 5_000n, difference: 0n });
});

test("an executor's own word altered on the way frees nothing; unaltered it does", async () => {
	risk.behaviour = "loseBytes";
	const { intentId } = await risk.submit();
	const genuine = desk.settlementSeal.seal({
		intentId,
		outcome: "expired",
		signature: risk.signatures[0]!,
		fill: null,
		executor: "peer",
		timings: {},
	});
	const other = (await risk.submit()).intentId;
	risk.tell({ ...genuine, intentId: other } satisfies SealedSettlement);
	await forged(1);
	expect(await status()).toMatchObject({ inFlight: 2, expired: 0 });
	risk.tell(genuine);
	await until(async () => (await status()).expired === 1, { what: "the executor to be believed" });
	expect(await status()).toMatchObject({ inFlight: 1, forgedSettlements: 1 });
});
