import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { address, createSolanaRpc } from "@solana/web3.js";
import { loadConfig } from "../../../config/load.ts";
import type { Config } from "../../../config/schema.ts";
import { systemClock } from "../../../libs/clock.ts";
import { systemRandom } from "../../../libs/random.ts";
import { programPath, readProgram } from "../../../programs/load.ts";
import { Localnet } from "../../../services/localnet/localnet.ts";
import { freePorts } from "../../support/ports.ts";
import { until } from "../../support/until.ts";

const CPMM = "CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C";
const KLEND = "KLend2g3cP87fffoy8q1mQqGKjrxjC8boSyAYavgmjD";
const SOLEND = "So1endDq2YkqhipRh3WViPa8hdiSpxWy6z3Z6tMCpAo";
/** What a dump of klend has: the length of the account that it was in. */
const PADDED_BYTES = 10_485_715;

/** Offsets of an ELF header's fields, and the length of a program header. */
const ELF = { entry: 24, segments: 32, segmentCount: 56, segmentBytes: 56 } as const;

let folder: string;
let programs: string;
const running: Localnet[] = [];
const notices: string[] = [];

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "mojo-programs-"));
	programs = join(folder, "programs");
	mkdirSync(programs);
	notices.length = 0;
});

afterEach(async () => {
	await Promise.all(running.splice(0).map((localnet) => localnet.stop()));
	rmSync(folder, { recursive: true, force: true });
});

async function configure(programsFolder: string): Promise<Config> {
	const [rpc, ws] = await freePorts(2);
	return loadConfig({
		environment: {
			MOJO_DATA_FOLDER: join(folder, "data"),
			MOJO_WALLET: join(folder, "wallet.json"),
			MOJO__LOCALNET__RPC_PORT: String(rpc),
			MOJO__LOCALNET__WS_PORT: String(ws),
			MOJO__LOCALNET__SLOT_MS: "20",
			MOJO__LOCALNET__TRADES_PER_SECOND: "50",
			MOJO_PROGRAMS_FOLDER: programsFolder,
		},
	});
}

async function start(programsFolder = programs): Promise<Localnet> {
	const config = await configure(programsFolder);
	const onNotice = (message: string) => notices.push(message);
	const localnet = await Localnet.start({ config, clock: systemClock, random: systemRandom, onNotice });
	running.push(localnet);
	return localnet;
}

/** A program file of the folder under test. */
function place(programId: string, content: Uint8Array | string): string {
	const file = join(programs, `${programId}.so`);
	writeFileSync(file, content);
	return file;
}

/** The program, with an entry that ends every call with an error of its own at once (SBF: `mov64 r0, error`, `exit`). */
function ending(program: Uint8Array, error: number): Uint8Array {
	const elf = Buffer.from(program);
	const entry = Number(elf.readBigUInt64LE(ELF.entry));
	const segments = Number(elf.readBigUInt64LE(ELF.segments));
	for (
		let at = segments;
		at < segments + elf.readUInt16LE(ELF.segmentCount) * ELF.segmentBytes;
		at += ELF.segmentBytes
	) {
		const [offset, address, size] = [8, 16, 32].map((field) => Number(elf.readBigUInt64LE(at + field)));
		if (entry < address! || entry >= address! + size!) continue;
		elf.writeBigUInt64LE(0xb7n | (BigInt(error) << 32n), entry - address! + offset!);
		elf.writeBigUInt64LE(0x95n, entry - address! + offset! + 8);
		return elf;
	}
	throw new Error("the program has no entry");
}

/** Starts where a refusal is due; it is one line, and the folder is left so that a good start works. */
async function refusal(): Promise<string> {
	const message = await start().then(
		() => "it started",
		(error: Error) => error.message,
	);
	expect(message).not.toContain("\n");
	running.push(await startWith(""));
	return message;
}

async function startWith(programsFolder: string): Promise<Localnet> {
	const config = await configure(programsFolder);
	return Localnet.start({ config, clock: systemClock, random: systemRandom, onNotice: () => {} });
}

async function isProgram(localnet: Localnet, programId: string): Promise<boolean> {
	const rpc = createSolanaRpc(`http://127.0.0.1:${localnet.status().rpcPort}`);
	const { value } = await rpc.getAccountInfo(address(programId), { encoding: "base64" }).send();
	return value?.executable ?? false;
}

describe("refusals", () => {
	test("a folder that is not there", async () => {
		programs = join(folder, "nowhere");
		expect(await refusal()).toBe(
			`cannot read localnet.programs_folder ${programs} (ENOENT): name a folder of <program id>.so files`,
		);
	});

	test("a folder without a program", async () => {
		writeFileSync(join(programs, "readme.txt"), "");
		expect(await refusal()).toContain(`localnet.programs_folder ${programs} holds no <program id>.so file`);
	});

	test.each([
		["text", "not a program"],
		["nothing", ""],
		["noise", Uint8Array.from({ length: 20_000 }, (_, index) => (index * 7_919) & 0xff)],
		["half a program", readProgram("klend").subarray(0, 6_000)],
		["a program cut in its headers", readProgram("klend").subarray(0, 50)],
	])("a file of %s", async (_, content) => {
		const file = place(KLEND, content);
		const message = await refusal();
		expect(message).toContain(`${file} is no program that the chain can load (`);
		expect(message).toContain(`dump it anew with \`solana program dump -u mainnet-beta ${KLEND} ${file}\``);
	});

	test("a file that is not named by a program id", async () => {
		const file = join(programs, "klend.so");
		copyFileSync(programPath("klend"), file);
		expect(await refusal()).toBe(
			`${file} is not named by a program id: name it <program id>.so, or take it out of the folder`,
		);
	});

	test("a folder where a file should be", async () => {
		const file = join(programs, `${KLEND}.so`);
		mkdirSync(file);
		expect(await refusal()).toBe(`cannot read the program ${file} (EISDIR): make it a file that this user may read`);
	});

	test("a program that was built for another id", async () => {
		const file = place(KLEND, ending(readProgram("klend"), 4_100));
		expect(await refusal()).toBe(
			`${file} was built for another program id: dump it anew with ` +
				`\`solana program dump -u mainnet-beta ${KLEND} ${file}\``,
		);
	});

	test("a program larger than the chain can keep", async () => {
		const file = place(KLEND, new Uint8Array(5_000_000).fill(1));
		expect(await refusal()).toContain(`${file} has 5000000 bytes, and the local chain keeps programs up to 4194259`);
	});

	test("a kept chain that was made with other programs", async () => {
		const first = await startWith("");
		await first.stop();
		const file = place(KLEND, readProgram("raydium-cpmm"));
		expect(await refusal()).toBe(
			`the kept chain does not run ${file}: programs are installed when a chain is made; ` +
				"set MOJO_DATA_FOLDER to a new folder, or localnet.programs_folder back to what it was",
		);
	});

	test("a kept chain that lacks a program of the folder", async () => {
		const first = await startWith("");
		await first.stop();
		const file = place("11111111111111111111111111111112", readProgram("klend"));
		expect(await refusal()).toContain(`the kept chain does not run ${file}`);
	});
});

describe("a folder of dumps", () => {
	test("dumps stand in for the built-in programs, the rest stays built-in, further ones are there too", async () => {
		const further = "11111111111111111111111111111112";
		place(further, readProgram("klend"));
		const padded = Buffer.alloc(PADDED_BYTES);
		padded.set(readProgram("klend"));
		place(KLEND, padded);
		const localnet = await start();
		for (const programId of [further, KLEND, SOLEND, CPMM]) expect(await isProgram(localnet, programId)).toBe(true);
		await until(() => localnet.status().botSwaps > 10, { what: "swaps of the bots" });
		expect(localnet.status().botRefusals).toBe(0);
		// A dump's padding is not kept, so that the chain can be, and the same folder goes with it afterwards.
		const { slot } = localnet.status();
		await localnet.stop();
		const again = await start();
		expect(again.status().slot).toBeGreaterThanOrEqual(slot);
		expect(notices).toEqual([]);
	});

	test("a dump is what runs: with another program in the pools' place no swap lands", async () => {
		place(CPMM, readProgram("klend"));
		const localnet = await start();
		await until(() => localnet.status().botRefusals > 5, { what: "refused swaps" });
	});

	test("a program that refuses unknown instructions in another way is none of another id", async () => {
		place(KLEND, ending(readProgram("klend"), 101));
		expect(await isProgram(await start(), KLEND)).toBe(true);
	});

	test("a chain made with dumps keeps them when the folder is unset, and says so", async () => {
		place(KLEND, readProgram("raydium-cpmm"));
		const first = await start();
		await first.stop();
		await start("");
		expect(notices).toHaveLength(1);
		expect(notices[0]).toContain(`The kept chain does not run the built-in program ${KLEND}`);
	});
});
