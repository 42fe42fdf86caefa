import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePorts } from "./ports.ts";
import { until } from "./until.ts";

const ROOT = resolve(__dirname, "../..");

/** What `GET /api/status` answers, as far as tests read it. */
export interface StatusAnswer {
	readonly tradingState: string;
	readonly slot: number;
	readonly feed: { readonly pools: number; readonly stalePools: number };
	readonly strategy: { readonly opportunities: number; readonly intents: number };
	readonly risk: { readonly approved: number; readonly denied: number };
	readonly executor: {
		readonly submitted: number;
		readonly landed: number;
		readonly reverted: number;
		readonly expired: number;
		readonly unknown: number;
	};
	readonly books: readonly {
		readonly symbol: string;
		readonly opening: string;
		readonly fills: string;
		readonly fees: string;
		readonly tips: string;
		readonly loanFees: string;
		readonly chain: string;
		readonly difference: string;
	}[];
	readonly inFlight: number;
}

export interface StartOptions {
	/** What the runner is told to load. */
	readonly services?: readonly string[];
	/** Further environment. */
	readonly environment?: Readonly<Record<string, string>>;
}

/** A data folder and ports of its own, in which the product may be started several times, as a user would. */
export class Desk {
	readonly folder: string;
	readonly ports: { readonly rpc: number; readonly ws: number; readonly http: number; readonly metrics: number };
	readonly #processes: Product[] = [];

	private constructor(folder: string, ports: readonly number[]) {
		this.folder = folder;
		const [rpc, ws, http, metrics] = ports as [number, number, number, number];
		this.ports = { rpc, ws, http, metrics };
	}

	static async open(): Promise<Desk> {
		return new Desk(mkdtempSync(join(tmpdir(), "mojo-desk-")), await freePorts(4));
	}

	get environment(): Record<string, string> {
		const { rpc, ws, http, metrics } = this.ports;
		return {
			MOJO_DATA_FOLDER: this.folder,
			MOJO_WALLET: join(this.folder, "wallet.json"),
			MOJO__LOCALNET__RPC_PORT: String(rpc),
			MOJO__LOCALNET__WS_PORT: String(ws),
			MOJO__CHAIN__RPC_URL: `http://127.0.0.1:${rpc}`,
			MOJO__CHAIN__WS_URL: `ws://127.0.0.1:${ws}`,
			MOJO__NETWORKING__HTTP_PORT: String(http),
			MOJO__MONITORING__METRICS_PORT: String(metrics),
		};
	}

	start({ services = ["services"], environment = {} }: StartOptions = {}): Product {
		const product = new Product(services, { ...this.environment, ...environment });
		this.#processes.push(product);
		return product;
	}

	/** Ends what still runs and deletes the folder. */
	async close(): Promise<void> {
		await Promise.all(this.#processes.map((product) => product.kill()));
		rmSync(this.folder, { recursive: true, force: true });
	}

	async get<T>(path: string): Promise<T> {
		const response = await fetch(`http://127.0.0.1:${this.ports.http}${path}`, { signal: AbortSignal.timeout(3_000) });
		return (await response.json()) as T;
	}

	async post(path: string, token: string | null, body: unknown = {}): Promise<Response> {
		const headers: Record<string, string> = { "content-type": "application/json" };
		if (token !== null) headers["authorization"] = `Bearer ${token}`;
		const url = `http://127.0.0.1:${this.ports.http}${path}`;
		return fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(5_000) });
	}

	get token(): string {
		return readFileSync(join(this.folder, "api-token"), "utf8").trim();
	}

	/** Null while nothing answers. */
	async status(): Promise<StatusAnswer | null> {
		try {
			const status = await this.get<StatusAnswer | { readonly error: unknown }>("/api/status");
			return "error" in status ? null : status;
		} catch {
			return null;
		}
	}

	/** Waits for a status that suits; checks on the way that no book ever differs from the chain. */
	async statusWhen(what: string, suits: (status: StatusAnswer) => boolean, timeoutMs = 45_000): Promise<StatusAnswer> {
		return until(
			async () => {
				const status = await this.status();
				if (status) assertBooksExact(status);
				return status && suits(status) ? status : null;
			},
			{ what, timeoutMs, everyMs: 150 },
		);
	}
}

/** One process of the product. */
export class Product {
	readonly #child: ChildProcess;
	#output = "";
	#errors = "";

	constructor(services: readonly string[], environment: Readonly<Record<string, string>>) {
		const runner = join(ROOT, "node_modules/.bin/moleculer-runner");
		const path = `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}`;
		this.#child = spawn(runner, [...services], {
			cwd: ROOT,
			env: { PATH: path, HOME: process.env["HOME"], ...environment } as NodeJS.ProcessEnv,
			stdio: ["ignore", "pipe", "pipe"],
		});
		this.#child.stdout!.on("data", (data) => {
			this.#output += data;
		});
		this.#child.stderr!.on("data", (data) => {
			this.#errors += data;
		});
	}

	get pid(): number {
		return this.#child.pid!;
	}

	/** Standard output so far. */
	get output(): string {
		return this.#output;
	}

	/** Standard error so far. */
	get errors(): string {
		return this.#errors;
	}

	get hasEnded(): boolean {
		return this.#child.exitCode !== null || this.#child.signalCode !== null;
	}

	/** Ctrl-C, and the exit code that follows. */
	async interrupt(): Promise<number | null> {
		this.#child.kill("SIGINT");
		return this.ended();
	}

	/** As a crash would. */
	async kill(): Promise<void> {
		this.#child.kill("SIGKILL");
		await this.ended();
	}

	ended(): Promise<number | null> {
		if (this.hasEnded) return Promise.resolve(this.#child.exitCode);
		return new Promise((resolve) => this.#child.once("close", (code) => resolve(code)));
	}
}

/** The rule that everything else serves: opening + fills − fees − tips − loan fees = chain, for every mint. */
export function assertBooksExact(status: StatusAnswer): void {
	for (const line of status.books) {
		const costs = BigInt(line.fees) + BigInt(line.tips) + BigInt(line.loanFees);
		const expected = BigInt(line.opening) + BigInt(line.fills) - costs;
		if (line.difference !== "0" || BigInt(line.chain) !== expected) {
			throw new Error(`the books differ from the chain: ${JSON.stringify(line)}`);
		}
	}
}
