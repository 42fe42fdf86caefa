import { writeSync } from "node:fs";
import { MAINNET_TIP_ACCOUNTS } from "../../../libs/block-engine/tip-accounts.ts";
import { systemClock } from "../../../libs/clock.ts";
import { Chain } from "../../../services/localnet/chain/chain.ts";
import { requireAccountKey } from "../../../services/localnet/chain/keys.ts";
import { newWallet, signedTransaction, signedTransfer, transfer } from "../../unit/services/localnet/chain/wallet.ts";

/** Lands bundles of two until it is killed, and says how many were told to have landed. */
const [folder, receiver] = process.argv.slice(2) as [string, string];
const chain = Chain.open({ dataFolder: folder, slotDurationMs: 5, genesisSeed: "crash", clock: systemClock });
const tipAccount = requireAccountKey(MAINNET_TIP_ACCOUNTS[0]!);
const payer = newWallet();
chain.start();
chain.airdrop(payer.address, 100_000_000_000n);
for (let count = 1; ; count++) {
	const gift = signedTransfer(chain, payer, requireAccountKey(receiver), 1_000_000n + BigInt(count));
	const instructions = [transfer(payer, tipAccount, 1_000n + BigInt(count))];
	const outcome = chain.sendBundle([gift, signedTransaction({ chain, signers: [payer], instructions })]);
	if (!outcome.taken || !outcome.landed) throw new Error(JSON.stringify(outcome));
	const spent = chain.getAccount(payer.address)!.lamports;
	writeSync(1, `${payer.address} ${count} ${spent} ${outcome.id}\n`);
	await new Promise((resolve) => setImmediate(resolve));
}
