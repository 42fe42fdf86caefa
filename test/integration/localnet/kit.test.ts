import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
	type Address,
	airdropFactory,
	appendTransactionMessageInstructions,
	createTransactionMessage,
	generateKeyPairSigner,
	getBase64EncodedWireTransaction,
	getSignatureFromTransaction,
	type Instruction,
	isSolanaError,
	type KeyPairSigner,
	lamports,
	pipe,
	SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
	sendAndConfirmTransactionFactory,
	setTransactionMessageFeePayerSigner,
	setTransactionMessageLifetimeUsingBlockhash,
	signTransactionMessageWithSigners,
} from "@solana/web3.js";
import { getCreateAccountInstruction, getTransferSolInstruction } from "@solana-program/system";
import {
	findAssociatedTokenPda,
	getCreateAssociatedTokenInstructionAsync,
	getInitializeMint2Instruction,
	getMintToInstruction,
	getTransferInstruction,
	TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import { type LocalChain, startLocalChain } from "./local-chain.ts";

let local: LocalChain;
let payer: KeyPairSigner;

beforeAll(async () => {
	local = await startLocalChain();
	payer = await generateKeyPairSigner();
	await airdropFactory(local as never)({
		commitment: "confirmed",
		lamports: lamports(10_000_000_000n),
		recipientAddress: payer.address,
	});
});

afterAll(() => local.close());

async function signed(instructions: readonly Instruction[]) {
	const { value: blockhash } = await local.rpc.getLatestBlockhash().send();
	const message = pipe(
		createTransactionMessage({ version: 0 }),
		(draft) => setTransactionMessageFeePayerSigner(payer, draft),
		(draft) => setTransactionMessageLifetimeUsingBlockhash(blockhash, draft),
		(draft) => appendTransactionMessageInstructions(instructions, draft),
	);
	return signTransactionMessageWithSigners(message);
}

async function sendAndConfirm(instructions: readonly Instruction[]) {
	const transaction = await signed(instructions);
	const { rpc, rpcSubscriptions } = local;
	await sendAndConfirmTransactionFactory({ rpc, rpcSubscriptions } as never)(transaction as never, {
		commitment: "confirmed",
	});
	return getSignatureFromTransaction(transaction);
}

test("a preflight failure comes with the program's error and logs, and nothing is charged", async () => {
	const to = await generateKeyPairSigner();
	const before = await local.rpc.getBalance(payer.address, { commitment: "processed" }).send();
	const transaction = await signed([
		getTransferSolInstruction({ source: payer, destination: to.address, amount: 1_000_000_000_000n }),
	]);
	const sending = local.rpc
		.sendTransaction(getBase64EncodedWireTransaction(transaction), { encoding: "base64" })
		.send();
	const error = await sending.then(
		() => null,
		(reason: unknown) => reason,
	);
	if (!isSolanaError(error, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE)) throw error;
	expect(error.context.logs?.at(-1)).toContain("failed: custom program error: 0x1");
	expect(error.cause).toMatchObject({ context: { index: 0, code: 1 } });
	const after = await local.rpc.getBalance(payer.address, { commitment: "processed" }).send();
	expect(after.value).toBe(before.value);
});

test("a transfer is sent, confirmed over the subscription, and found in the history", async () => {
	const to = await generateKeyPairSigner();
	const signature = await sendAndConfirm([
		getTransferSolInstruction({ source: payer, destination: to.address, amount: 1_000_000n }),
	]);
	const { value: balance } = await local.rpc.getBalance(to.address, { commitment: "confirmed" }).send();
	expect(balance).toBe(1_000_000n);
	const found = await local.rpc
		.getTransaction(signature, { commitment: "confirmed", encoding: "json", maxSupportedTransactionVersion: 0 })
		.send();
	expect(found?.meta?.err).toBeNull();
	expect(found?.meta?.fee).toBe(5_000n);
	expect(found?.version).toBe(0);
	expect(found?.transaction.message.accountKeys).toContain(to.address);
	const listed = await local.rpc.getSignaturesForAddress(to.address, { commitment: "confirmed" }).send();
	expect(listed.map((entry) => entry.signature)).toEqual([signature]);
	const { value: statuses } = await local.rpc.getSignatureStatuses([signature]).send();
	expect(statuses[0]?.err).toBeNull();
});

test("a mint, two token accounts and a token transfer, read back parsed", async () => {
	const mint = await generateKeyPairSigner();
	const friend = await generateKeyPairSigner();
	const rent = await local.rpc.getMinimumBalanceForRentExemption(82n).send();
	const tokenOf = async (owner: Address) =>
		(await findAssociatedTokenPda({ owner, mint: mint.address, tokenProgram: TOKEN_PROGRAM_ADDRESS }))[0];
	const [mine, theirs] = [await tokenOf(payer.address), await tokenOf(friend.address)];
	await sendAndConfirm([
		getCreateAccountInstruction({
			payer,
			newAccount: mint,
			lamports: rent,
			space: 82,
			programAddress: TOKEN_PROGRAM_ADDRESS,
		}),
		getInitializeMint2Instruction({ mint: mint.address, decimals: 6, mintAuthority: payer.address }),
		await getCreateAssociatedTokenInstructionAsync({ payer, owner: payer.address, mint: mint.address }),
		await getCreateAssociatedTokenInstructionAsync({ payer, owner: friend.address, mint: mint.address }),
		getMintToInstruction({ mint: mint.address, token: mine, mintAuthority: payer, amount: 5_000_000n }),
	]);
	const signature = await sendAndConfirm([
		getTransferInstruction({ source: mine, destination: theirs, authority: payer, amount: 1_250_000n }),
	]);
	const { value: balance } = await local.rpc.getTokenAccountBalance(theirs, { commitment: "confirmed" }).send();
	expect(balance).toMatchObject({ amount: "1250000", decimals: 6, uiAmountString: "1.25" });
	const { value: owned } = await local.rpc
		.getTokenAccountsByOwner(
			friend.address,
			{ mint: mint.address },
			{ commitment: "confirmed", encoding: "jsonParsed" },
		)
		.send();
	expect(owned).toHaveLength(1);
	expect(owned[0]?.account.data.parsed.info).toMatchObject({ mint: mint.address, owner: friend.address });
	const { value: supply } = await local.rpc.getTokenSupply(mint.address, { commitment: "confirmed" }).send();
	expect(supply.amount).toBe("5000000");
	const found = await local.rpc
		.getTransaction(signature, { commitment: "confirmed", encoding: "jsonParsed", maxSupportedTransactionVersion: 0 })
		.send();
	const amounts = (balances: readonly { accountIndex: number; uiTokenAmount: { amount: string } }[] | undefined) =>
		balances?.map((entry) => entry.uiTokenAmount.amount).sort();
	expect(amounts(found?.meta?.preTokenBalances as never)).toEqual(["0", "5000000"]);
	expect(amounts(found?.meta?.postTokenBalances as never)).toEqual(["1250000", "3750000"]);
});

test("account, program, slot, root and log subscriptions hear of a transfer", async () => {
	const to = await generateKeyPairSigner();
	const abort = new AbortController();
	const options = { abortSignal: abort.signal };
	const { rpcSubscriptions: subscriptions } = local;
	// The client drops what arrives before the first read, so every read begins before the transfer is sent.
	const account = first(
		await subscriptions
			.accountNotifications(to.address, { commitment: "processed", encoding: "base64" })
			.subscribe(options),
	);
	const logs = first(
		await subscriptions.logsNotifications({ mentions: [to.address] }, { commitment: "confirmed" }).subscribe(options),
	);
	const slots = first(await subscriptions.slotNotifications().subscribe(options));
	const roots = first(await subscriptions.rootNotifications().subscribe(options));
	const signature = await sendAndConfirm([
		getTransferSolInstruction({ source: payer, destination: to.address, amount: 7_000_000n }),
	]);
	expect((await account).value.lamports).toBe(7_000_000n);
	expect((await logs).value).toMatchObject({ signature, err: null });
	const slot = await slots;
	expect(slot.parent).toBe(slot.slot - 1n);
	expect(typeof (await roots)).toBe("bigint");
	abort.abort();
});

async function first<T>(notifications: AsyncIterable<T>): Promise<T> {
	for await (const notification of notifications) return notification;
	throw new Error("the subscription ended without a notification");
}
