import { defineStrategy } from "../definition.ts";
import { refuseStatistical, STATISTICAL_PARAMETERS, statisticalTerms } from "./parameters.ts";
import { STATISTICAL, StatisticalPairs } from "./strategy.ts";

export const statistical = defineStrategy({
	name: STATISTICAL,
	explanation: "Buys what became cheap beside a mint that it used to go with, and sells it once it is back.",
	parameters: STATISTICAL_PARAMETERS,
	refuse: refuseStatistical,
	create: (context) => new StatisticalPairs({ ...context, terms: statisticalTerms(context.parameters, context) }),
});
