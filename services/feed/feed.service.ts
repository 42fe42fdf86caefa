import type { Context, ServiceBroker, ServiceSchema } from "moleculer";
import { Bus } from "../../broker/bus.ts";
import { runtimeOf } from "../../broker/runtime.ts";
import { MarketFeed } from "./market-feed.ts";

const CATALOG_KEY = "feed.catalog";
/** The reads take no parameters, and say so. */
const NO_PARAMETERS = { $$strict: true };

/** The feed actor: one shard of the market, from the chain's bytes to packed ticks. */
export default function feed(broker: ServiceBroker): ServiceSchema {
	const { config, clock, random, ticks } = runtimeOf(broker);
	const { shard, cache_ttl_seconds } = config.data_pipeline;
	const bus = new Bus(broker);
	const forgetCatalog = async (): Promise<void> => {
		try {
			await broker.cacher?.clean(`${CATALOG_KEY}*`);
		} catch (error) {
			// A cache that is away serves nothing old either; what it holds expires.
			broker.logger.warn(`The cached catalog was not removed: ${(error as Error).message}`);
		}
	};
	const market = new MarketFeed({
		config,
		clock,
		random,
		logger: broker.getLogger("feed"),
		listener: {
			onBatch: (batch) => ticks.publish(shard, batch),
			onSlot: (head) => bus.broadcast("feed.slot.advanced", head),
			onFreshness: (freshness) => bus.broadcast("feed.market.changed", freshness),
			onCatalog: async ({ catalogEpoch }) => {
				await forgetCatalog();
				bus.broadcast("feed.catalog.changed", { shard, catalogEpoch });
			},
			onFees: (fees) => bus.broadcast("feed.fees.changed", { shard, fees }),
			onLenders: async (lenders) => {
				await forgetCatalog();
				bus.broadcast("feed.lenders.changed", { shard, lenders });
			},
		},
	});
	return {
		name: "feed",
		actions: {
			catalog: {
				params: NO_PARAMETERS,
				cache: { ttl: cache_ttl_seconds, keygen: () => CATALOG_KEY },
				handler: () => market.catalog(),
			},
			snapshot: {
				params: { $$strict: true, from: { type: "number", integer: true, min: 0, optional: true } },
				handler: ({ params }: Context<{ readonly from?: number }>) => market.snapshot(params.from ?? 0),
			},
			status: { params: NO_PARAMETERS, handler: () => market.status() },
		},
		started: async () => market.start(),
		stopped: async () => market.stop(),
	};
}
