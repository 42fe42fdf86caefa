/** The package brings no types: this is what the monitor uses of its service. */
declare module "moleculer-prometheus" {
	import type { ServiceSchema } from "moleculer";

	const schema: ServiceSchema & { readonly events: NonNullable<ServiceSchema["events"]> };
	export default schema;
}
