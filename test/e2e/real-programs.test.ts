import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
	type Address,
	address,
	createSolanaRpc,
	getAddressDecoder,
	getAddressEncoder,
	type Signature,
} from "@solana/web3.js";
import { LARGEST_TRANSACTION_BYTES } from "../../core/execution/transaction-size.ts";
import { VENUES } from "../../core/market/venues/index.ts";
import { assertBooksExact, Desk } from "../support/product.ts";
import { until } from "../support/until.ts";

const FOLDER = process.env["MOJO_TEST_PROGRAMS_FOLDER"] ?? "";
if (FOLDER === "") {
	process.stderr.write(
		"left out: the product on real programs: MOJO_TEST_PROGRAMS_FOLDER names no folder of <program id>.so dumps\n",
	);
}
const TRADES = 5;
/** What the product asks for when it is not configured otherwise (execution.compute_unit_limit). */
const COMPUTE_UNIT_LIMIT = 250_000n;

interface TracedIntent {
	readonly signature: string | null;
	readonly fill: { readonly reverted: boolean } | null;
}

const encodeAddress = (of: Address) => getAddressEncoder().encode(of);

let desk: Desk;

beforeEach(async () => {
	desk = await Desk.open();
});

afterEach(async () => {
	await desk.close();
});

function rpcOf({ ports }: Desk): ReturnType<typeof createSolanaRpc> {
	return createSolanaRpc(`http://127.0.0.1:${ports.rpc}`);
}

/** A trade's bytes, after a look at whether it kept within its limits. */
async function landedTransaction(signature: Signature): Promise<Buffer> {
	const options = { commitment: "confirmed", encoding: "base64", maxSupportedTransactionVersion: 0 } as const;
	const transaction = await rpcOf(desk).getTransaction(signature, options).send();
	expect(transaction?.meta?.err).toBeNull();
	expect(transaction?.meta?.computeUnitsConsumed).toBeLessThan(COMPUTE_UNIT_LIMIT);
	const bytes = Buffer.from(transaction!.transaction[0], "base64");
	expect(bytes.length).toBeLessThanOrEqual(LARGEST_TRANSACTION_BYTES);
	return bytes;
}

/** What the chain runs at a program id: the upgradeable loader keeps it beside the program's own account. */
async function installedProgram(programId: string): Promise<Buffer> {
	const dataOf = async (of: string) => {
		const { value } = await rpcOf(desk).getAccountInfo(address(of), { encoding: "base64" }).send();
		return Buffer.from(value!.data[0], "base64");
	};
	const programData = getAddressDecoder().decode((await dataOf(programId)).subarray(4, 36));
	return (await dataOf(programData)).subarray(45);
}

(FOLDER === "" ? describe.skip : describe)("on the programs of a folder", () => {
	const files = FOLDER === "" ? [] : readdirSync(FOLDER).filter((file) => file.endsWith(".so"));
	const ids = files.map((file) => basename(file, ".so"));
	/** Those of the folder that trades pass through: the others lend. */
	const markets = VENUES.map(({ programId }) => programId as string).filter((id) => ids.includes(id));
	const environment = { MOJO_PROGRAMS_FOLDER: FOLDER };

	test("trades land through every market of them to the unit, within the limits of a transaction, and go on after a restart", async () => {
		const product = desk.start({ environment });
		const landed = await desk.statusWhen("landed trades", ({ executor }) => executor.landed >= TRADES, 90_000);
		expect(files).not.toEqual([]);
		for (const file of files) {
			const dump = readFileSync(join(FOLDER, file));
			const installed = await installedProgram(basename(file, ".so"));
			expect(installed.length).toBeGreaterThan(0);
			expect(Buffer.compare(installed, dump.subarray(0, installed.length))).toBe(0);
			expect(dump.subarray(installed.length).every((byte) => byte === 0)).toBe(true);
		}

		const checked = new Set<string>();
		const traded = new Set<string>();
		await until(
			async () => {
				for (const { signature, fill } of await desk.get<TracedIntent[]>("/api/intents?limit=200")) {
					if (signature === null || fill === null || fill.reverted || checked.has(signature)) continue;
					checked.add(signature);
					const transaction = await landedTransaction(signature as Signature);
					for (const id of markets) if (transaction.includes(Buffer.from(encodeAddress(address(id))))) traded.add(id);
				}
				return checked.size >= TRADES && traded.size === markets.length;
			},
			{ what: `landed trades through ${markets.join(", ")}`, timeoutMs: 90_000, everyMs: 1_000 },
		);
		assertBooksExact((await desk.status())!);

		expect(await product.interrupt()).toBe(0);
		desk.start({ environment });
		await desk.statusWhen(
			"trades after a restart",
			({ executor, inFlight }) => executor.landed >= landed.executor.landed + TRADES && inFlight === 0,
			90_000,
		);
	}, 240_000);
});
