// What Anthropic's own client makes of the gateway: one JSON object.
// Usage: node anthropic.mjs BASE_URL SCENARIO
import Anthropic from "@anthropic-ai/sdk";

const [base, scenario] = process.argv.slice(2);
const client = new Anthropic({ baseURL: base, apiKey: "sk-test",
	maxRetries: 0, timeout: 30000 });
const ask = { model: "demo", max_tokens: 8,
	      messages: [{ role: "user", content: "hello" }] };

async function caught(call) {
	try {
		await call();
	} catch (error) {
		return { name: error.constructor.name,
			 status: error.status ?? null,
			 body: error.error ?? null, message: error.message };
	}
	return null;
}

const scenarios = {
	async stream() {
		const stream = client.messages.stream(ask);
		const message = await stream.finalMessage();
		return { text: message.content[0].text, usage: message.usage };
	},
	async cut() {
		return caught(() => client.messages.stream(ask).finalMessage());
	},
	async no_model() {
		return caught(() => client.messages.create(
			{ ...ask, model: "nobody" }));
	},
};

console.log(JSON.stringify(await scenarios[scenario]()));
