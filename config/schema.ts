import { z } from "zod";
import { STRATEGIES } from "../core/strategy/registry.ts";
import { strategiesSchema } from "./strategies.ts";

const port = z.int().min(0).max(65_535);
const positiveInt = z.int().min(1);
const base58Address = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/, "expected a base58 address");
const httpUrl = z.url({ protocol: /^https?$/, error: "expected an http:// or https:// URL" });
const wsUrl = z.url({ protocol: /^wss?$/, error: "expected a ws:// or wss:// URL" });
const natsUrl = z.url({ protocol: /^(nats|tls)$/, error: "expected a nats:// or tls:// URL" });
const redisUrl = z.url({ protocol: /^rediss?$/, error: "expected a redis:// URL" });
/** A non-negative amount in whole units of an asset, such as "12.5". A string, because binary fractions are not money. */
const decimal = z.string().regex(/^\d{1,20}(\.\d{1,18})?$/, 'expected a decimal in quotes, such as "12.5"');
/** An optional text: the empty string stands for "not set", so that `${VAR:-}` can say it. */
const optional = <T extends z.ZodType>(inner: T) => z.union([z.literal("").transform(() => null), inner]);

/** A secret of at least so many characters, or `secret:` and its name in the secrets provider. */
const secret = (leastLength: number) =>
	z
		.string()
		.refine(
			(text) => text.startsWith("secret:") || text.length >= leastLength,
			`expected at least ${leastLength} characters, secret:<name>, or empty to have one made`,
		);

const asset = z.strictObject({
	symbol: z.string().min(1).max(16),
	mint: base58Address,
	decimals: z.int().min(0).max(18),
});

/** The whole configuration. Every key has its explanation in config/environments/development.toml. */
export const configSchema = z.strictObject({
	mode: z.enum(["local", "live"]),
	data_folder: z.string().min(1),
	assets: z.array(asset).min(1),
	chain: z.strictObject({
		rpc_url: httpUrl,
		rpc_urls: z.array(httpUrl).max(16),
		ws_url: wsUrl,
		request_timeout_ms: positiveInt,
		read_requests_per_second: z.number().positive(),
		send_requests_per_second: z.number().positive(),
		probe_interval_ms: z.int().min(50).max(500),
		maximum_slot_lag: positiveInt,
	}),
	localnet: z.strictObject({
		enabled: z.boolean(),
		rpc_port: port,
		ws_port: port,
		slot_ms: z.int().min(10).max(60_000),
		persist: z.boolean(),
		seed: z.int().min(0).max(0xffff_ffff),
		pools: z.int().min(6).max(2_000),
		traders: z.int().min(1).max(100),
		trades_per_second: z.number().min(0).max(1_000),
		volatility_bps: z.number().min(0).max(1_000),
		wallet_lamports: z.string().regex(/^\d{1,19}$/, 'expected lamports in quotes, such as "10000000000"'),
		wallet_tokens: z.record(z.string(), decimal),
		programs_folder: optional(z.string()),
		max_body_bytes: positiveInt,
		max_requests_per_second: positiveInt,
		max_connections: positiveInt,
		history_transactions: z.int().min(1_000),
	}),
	data_pipeline: z.strictObject({
		shard: z.string().regex(/^[a-z0-9-]{1,32}$/, "expected 1 to 32 of a-z, 0-9 and -"),
		pools: z.array(base58Address),
		max_pools: positiveInt,
		search_interval_seconds: z.int().min(0).max(86_400),
		max_concurrent_feeds: z.int().min(1).max(64),
		stale_after_slots: positiveInt,
		cache_ttl_seconds: positiveInt,
		enable_persistence: z.boolean(),
		reconnect_min_ms: positiveInt,
		reconnect_max_ms: positiveInt,
	}),
	strategies: strategiesSchema(STRATEGIES),
	flash_loans: z.strictObject({
		reserves: z.array(base58Address).min(1),
	}),
	risk: z.strictObject({
		max_in_flight: positiveInt,
		max_messages_per_second: z.number().positive(),
		message_burst: positiveInt,
		max_orders_per_second: z.number().positive(),
		order_burst: positiveInt,
		stale_after_slots: positiveInt,
		collar_bps: z.int().min(1).max(10_000),
		quote_assets: z.array(z.string()).min(1),
		max_gross_exposure: decimal,
		max_fee_per_intent: decimal,
		max_tip_per_intent: decimal,
		max_fees_per_hour: decimal,
		max_tips_per_hour: decimal,
		tip_accounts: z.array(base58Address),
		throttle_failures: z.int().min(1).max(100),
		throttle_window_seconds: positiveInt,
		allow_unlisted_mints: z.boolean(),
		limits: z
			.array(
				z.strictObject({
					asset: z.string(),
					max_intent_notional: decimal,
					max_in_flight_notional: decimal,
					max_order_size: decimal,
					max_position: decimal.optional(),
					max_daily_loss: decimal,
					max_drawdown: decimal,
				}),
			)
			.min(1),
		budgets: z
			.array(
				z.strictObject({
					strategy: z.string().min(1).max(128),
					max_orders_per_second: z.number().positive(),
					order_burst: positiveInt,
					max_in_flight_notional: z.record(z.string(), decimal),
					max_daily_loss: z.record(z.string(), decimal),
				}),
			)
			.min(1),
		books_interval_ms: positiveInt,
		lease_ms: z.int().min(600, "expected at least 600: a lease is renewed every third of it").max(10_000),
	}),
	execution: z.strictObject({
		dry_run: z.boolean(),
		intent_deadline_ms: positiveInt,
		max_in_flight: positiveInt,
		compute_unit_limit: z.int().min(1).max(1_400_000),
		compute_unit_price_micro_lamports: z.int().min(0),
		compute_unit_margin_percent: z.int().min(0).max(400),
		priority_fee_percentile: z.int().min(0).max(100),
		max_priority_fee_micro_lamports: z.int().min(0),
		tip_profit_share_percent: z.int().min(0).max(100),
		min_tip_lamports: z.int().min(1_000, "expected at least 1000: block engines look at no smaller tip"),
		max_tip_lamports: z.int().min(0),
		skip_preflight: z.boolean(),
		resend_interval_ms: positiveInt,
		confirm_poll_interval_ms: positiveInt,
		max_journal_megabytes: positiveInt,
		orders: z.strictObject({
			enabled: z.boolean(),
			max_open: z.int().min(1).max(10_000),
			max_failures: positiveInt,
			default_slippage_bps: z.int().min(0).max(5_000),
			minimum_part_bps: z.int().min(1).max(10_000),
			retry_ms: z.int().min(10).max(60_000),
		}),
	}),
	block_engine: z.strictObject({
		chain_endpoint: z.boolean(),
		urls: z.array(httpUrl).max(16),
		timeout_ms: positiveInt,
		also_rpc: z.boolean(),
	}),
	security: z.strictObject({
		wallet_path: z.string().min(1),
		create_wallet: z.boolean(),
		arming_people: z
			.array(z.strictObject({ name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/), key: base58Address }))
			.max(16),
		keystore_path: optional(z.string()),
		passphrase_source: z
			.string()
			.regex(/^(prompt|file:.+|secret:.+)$/, "expected prompt, file:<path> or secret:<name of the secret>"),
		api_token: optional(secret(16)),
		max_fee_lamports: z.int().min(5_000),
		max_tip_lamports: z.int().min(0),
		max_hourly_lamports: z.int().min(5_000),
		max_hourly_signatures: positiveInt,
		caps: z
			.array(z.strictObject({ asset: z.string(), per_transaction: decimal, per_hour: decimal }))
			.min(1, "expected a cap for every asset that funds trades"),
		approval_key: optional(secret(32)),
	}),
	secrets: z.strictObject({
		provider: z.enum(["environment", "file", "infisical"]),
		folder: optional(z.string()),
		readable_by_others: z.boolean(),
		infisical_site_url: httpUrl,
		infisical_project_id: optional(z.string()),
		infisical_environment: z.string().min(1),
		infisical_secret_path: z.string().min(1),
		infisical_client_id: optional(z.string()),
		infisical_client_secret: optional(z.string()),
		timeout_ms: positiveInt,
	}),
	monitoring: z.strictObject({
		log_level: z.enum(["fatal", "error", "warn", "info", "debug", "trace"]),
		console: z.boolean(),
		metrics_port: port,
		kept_intents: positiveInt,
		kept_equity_points: positiveInt,
	}),
	networking: z.strictObject({
		node_id: optional(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, "expected 1 to 64 of A-Z a-z 0-9 . _ -")),
		namespace: z.string().regex(/^[a-z0-9-]{1,32}$/, "expected 1 to 32 of a-z, 0-9 and -"),
		nats_url: optional(natsUrl),
		redis_url: optional(redisUrl),
		http_host: z.string().min(1),
		http_port: port,
		http_names: z.array(z.string().min(1).max(253)),
		request_timeout_ms: positiveInt,
		heartbeat_interval_seconds: positiveInt,
		heartbeat_timeout_seconds: positiveInt,
		max_requests_per_minute: positiveInt,
	}),
});

export type Config = z.infer<typeof configSchema>;
