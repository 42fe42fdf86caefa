import { writeSync } from "node:fs";
import { systemClock } from "../../../libs/clock.ts";
import { Chain } from "../../../services/localnet/chain/chain.ts";
import { Faucet } from "../../../services/localnet/chain/faucet.ts";
import { addressOf, bytesOfKey, requireAccountKey } from "../../../services/localnet/chain/keys.ts";

/**
 * A process that lands one transfer after the other on the chain in the folder given to it, and writes a line for each
 * when it has: transactions so far, receiver's lamports, signature. It goes on until it is killed.
 */
const [folder, receiver] = process.argv.slice(2) as [string, string];
const chain = Chain.open({
	dataFolder: folder,
	slotDurationMs: 5,
	genesisSeed: "crash",
	clock: systemClock,
	limits: { segmentTransactions: 100 },
});
chain.start();
const faucet = new Faucet("crash");
const to = requireAccountKey(receiver);

function land(): void {
	const { blockhash } = chain.latestBlockhash("processed");
	const hash = bytesOfKey(requireAccountKey(blockhash)).toString("latin1") as never;
	const outcome = chain.sendTransaction(faucet.transfer(to, 1_000_000n, hash));
	if (outcome.landed) {
		const lamports = chain.getAccount(addressOf(to))?.lamports;
		writeSync(1, `${chain.transactionCount} ${lamports} ${outcome.signature}\n`);
	}
	setTimeout(land, 0);
}

land();
