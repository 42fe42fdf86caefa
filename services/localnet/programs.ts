import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
	type Address,
	appendTransactionMessageInstruction,
	compileTransaction,
	createTransactionMessage,
	isAddress,
	pipe,
	setTransactionMessageFeePayer,
	setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/web3.js";
import { readAddress } from "../../core/types/base58.ts";
import { ON_CHAIN_PROGRAMS, readProgram } from "../../programs/load.ts";
import type { Chain } from "./chain/chain.ts";

const FILE_ENDING = ".so";
/** The most that LiteSVM keeps in a snapshot for one account, and what its loader writes before a program's bytes. */
const LARGEST_ACCOUNT_BYTES = 4 * 1_024 * 1_024;
const PROGRAM_DATA_HEADER_BYTES = 45;
/** A `Program` account of the upgradeable loader: a tag of 4 bytes, then where the program's data is. */
const PROGRAM_DATA_ADDRESS_OFFSET = 4;
/** An ELF file may end in zeros that count, but in no more than its last section header: 64 bytes. */
const KEPT_ZEROS = 64;

/** anchor-lang, error.rs `DeclaredProgramIdMismatch`. */
const DECLARED_PROGRAM_ID_MISMATCH = 4_100;
/** As long as the discriminator of an instruction; which one does not matter. */
const ANY_DATA = new Uint8Array(8);
const SIGNATURE_BYTES = 64;

/** A program to have on the local chain. */
interface LocalProgram {
	readonly programId: Address;
	readonly elf: Uint8Array;
	/** Where it was read; null for a built-in one. */
	readonly file: string | null;
}

/**
 * Installs the programs of a new chain: the built-in ones, or in their place the dumps in a folder, named
 * `<program id>.so` as `solana program dump <program id> <program id>.so` writes them. Programs that the folder lacks
 * stay built-in; further ones in it are installed too.
 *
 * @throws Error naming the folder or the file, and the fix
 */
export function installPrograms(chain: Chain, folder: string | null): void {
	for (const program of localPrograms(folder)) {
		try {
			chain.addProgram(program.programId, program.elf);
		} catch (cause) {
			if (program.file === null) throw cause;
			const { message } = cause as Error;
			throw new Error(`${program.file} is no program that the chain can load (${message}): ${dumpAnew(program)}`, {
				cause,
			});
		}
		if (program.file !== null) assertBuiltFor(chain, program);
	}
}

/**
 * A program of Anchor refuses every instruction under another id than the one that it was built for. Dumped from there it
 * would load, and all trades through it would revert.
 *
 * @throws Error naming the file and the fix
 */
function assertBuiltFor(chain: Chain, program: LocalProgram): void {
	const { blockhash, lastValidBlockHeight } = chain.latestBlockhash("processed");
	const { messageBytes } = pipe(
		createTransactionMessage({ version: 0 }),
		(message) => setTransactionMessageFeePayer(chain.faucet, message),
		(message) =>
			setTransactionMessageLifetimeUsingBlockhash(
				{ blockhash, lastValidBlockHeight: BigInt(lastValidBlockHeight) },
				message,
			),
		(message) => appendTransactionMessageInstruction({ programAddress: program.programId, data: ANY_DATA }, message),
		compileTransaction,
	);
	const wire = Uint8Array.of(1, ...new Uint8Array(SIGNATURE_BYTES), ...messageBytes);
	const outcome = chain.simulateTransaction(wire, { verifySignatures: false, checkBlockhash: false });
	if ("landed" in outcome) throw new Error(`cannot try ${program.file}: ${outcome.message}`);
	if (!isDeepStrictEqual(outcome.report.err, { InstructionError: [0, { Custom: DECLARED_PROGRAM_ID_MISMATCH }] }))
		return;
	throw new Error(`${program.file} was built for another program id: ${dumpAnew(program)}`);
}

/**
 * Compares the programs of a kept chain with those that a new one would get: what is installed at genesis stays.
 *
 * @throws Error naming the fix when the folder asks for another program than the chain runs
 */
export function checkPrograms(chain: Chain, folder: string | null, onNotice: (message: string) => void): void {
	for (const { programId, elf, file } of localPrograms(folder)) {
		const installed = installedProgram(chain, programId);
		if (installed !== null && Buffer.compare(installed, elf) === 0) continue;
		if (file !== null) {
			throw new Error(
				`the kept chain does not run ${file}: programs are installed when a chain is made; ` +
					"set MOJO_DATA_FOLDER to a new folder, or localnet.programs_folder back to what it was",
			);
		}
		onNotice(
			`The kept chain does not run the built-in program ${programId}: programs stay as they were when it was made. ` +
				"Set MOJO_DATA_FOLDER to a new folder for a chain with the built-in ones.",
		);
	}
}

function localPrograms(folder: string | null): readonly LocalProgram[] {
	const dumps = folder === null ? [] : dumpedPrograms(folder);
	const dumped = new Set(dumps.map(({ programId }) => programId));
	const builtIn = ON_CHAIN_PROGRAMS.filter(({ programId }) => !dumped.has(programId));
	return [...builtIn.map(({ name, programId }) => ({ programId, elf: readProgram(name), file: null })), ...dumps];
}

function dumpedPrograms(folder: string): readonly LocalProgram[] {
	const files = filesOf(folder).filter((file) => file.endsWith(FILE_ENDING));
	if (files.length === 0) {
		throw new Error(`localnet.programs_folder ${folder} holds no <program id>.so file: dump one into it, or unset it`);
	}
	return files.sort().map((name) => dumpedProgram(join(folder, name), basename(name, FILE_ENDING)));
}

function filesOf(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch (cause) {
		const { code } = cause as NodeJS.ErrnoException;
		throw new Error(
			`cannot read localnet.programs_folder ${folder} (${code}): name a folder of <program id>.so files`,
			{
				cause,
			},
		);
	}
}

function dumpedProgram(file: string, programId: string): LocalProgram {
	if (!isAddress(programId)) {
		throw new Error(`${file} is not named by a program id: name it <program id>.so, or take it out of the folder`);
	}
	const program = { programId, elf: withoutPadding(readDump(file)), file };
	if (program.elf.length + PROGRAM_DATA_HEADER_BYTES > LARGEST_ACCOUNT_BYTES) {
		throw new Error(
			`${file} has ${program.elf.length} bytes, and the local chain keeps programs up to ` +
				`${LARGEST_ACCOUNT_BYTES - PROGRAM_DATA_HEADER_BYTES}: take it out of the folder`,
		);
	}
	return program;
}

function readDump(file: string): Uint8Array {
	try {
		return new Uint8Array(readFileSync(file));
	} catch (cause) {
		const { code } = cause as NodeJS.ErrnoException;
		throw new Error(`cannot read the program ${file} (${code}): make it a file that this user may read`, { cause });
	}
}

/**
 * A dump is as long as the account that it was in, up to 10 MiB, and what the program does not fill is zeros: without
 * them it runs the same, and the account is one that LiteSVM can keep.
 */
function withoutPadding(dump: Uint8Array): Uint8Array {
	const end = dump.findLastIndex((byte) => byte !== 0) + 1;
	return dump.subarray(0, end + KEPT_ZEROS);
}

function dumpAnew({ programId, file }: LocalProgram): string {
	return `dump it anew with \`solana program dump -u mainnet-beta ${programId} ${file}\``;
}

/** The ELF bytes that the chain runs at an id; null when it runs none. */
function installedProgram(chain: Chain, programId: Address): Uint8Array | null {
	const account = chain.getAccount(programId);
	if (!account?.executable) return null;
	const data = chain.getAccount(readAddress(account.data, PROGRAM_DATA_ADDRESS_OFFSET));
	return data === null ? null : data.data.subarray(PROGRAM_DATA_HEADER_BYTES);
}
