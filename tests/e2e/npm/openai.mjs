// What OpenAI's own client makes of the gateway: one JSON object on stdout.
// Usage: node openai.mjs BASE_URL SCENARIO
import OpenAI from "openai";

const [base, scenario] = process.argv.slice(2);
const client = new OpenAI({ baseURL: base + "/v1", apiKey: "sk-test",
	maxRetries: 0, timeout: 30000 });
const messages = [{ role: "user", content: "hello" }];

function told(error) {
	return { name: error.constructor.name, status: error.status ?? null,
		 code: error.code ?? null, param: error.param ?? null,
		 type: error.type ?? null, message: error.message };
}

async function caught(call) {
	try {
		await call();
	} catch (error) {
		return told(error);
	}
	return null;
}

async function collect(stream) {
	const seen = { text: "", usage: null, finish: null, error: null };
	try {
		for await (const chunk of stream) {
			const choice = chunk.choices[0];
			seen.text += choice?.delta?.content ?? choice?.text ?? "";
			seen.finish = choice?.finish_reason ?? seen.finish;
			seen.usage = chunk.usage ?? seen.usage;
		}
	} catch (error) {
		seen.error = told(error);
	}
	return seen;
}

const scenarios = {
	async models() {
		const ids = [];
		for await (const model of client.models.list())
			ids.push(model.id);
		return { ids, one: (await client.models.retrieve("demo")).id };
	},
	async chat() {
		const answer = await client.chat.completions.create(
			{ model: "demo", messages, max_tokens: 8 });
		return { text: answer.choices[0].message.content,
			 usage: answer.usage, id: answer._request_id };
	},
	async stream() {
		return collect(await client.chat.completions.create({
			model: "demo", messages, max_tokens: 8, stream: true,
			stream_options: { include_usage: true } }));
	},
	async completion() {
		const ask = { model: "demo", prompt: "once", max_tokens: 8 };
		const answer = await client.completions.create(ask);
		const streamed = await collect(
			await client.completions.create({ ...ask, stream: true }));
		return { text: answer.choices[0].text, streamed };
	},
	async embedding() {
		const answer = await client.embeddings.create(
			{ model: "demo", input: ["one", "two"] });
		return { n: answer.data.length,
			 numbers: answer.data[0].embedding.length };
	},
	async errors() {
		const ask = (body) => caught(() =>
			client.chat.completions.create(body));
		return {
			no_model: await ask({ model: "nobody", messages }),
			no_messages: await ask({ model: "demo" }),
			theirs: await ask({ model: "demo", messages,
					    max_tokens: 1e9 }),
			no_path: await caught(() => client.get("/nothing")),
			not_served: await caught(() =>
				client.post("/load_lora_adapter", { body: {} })),
		};
	},
	async cut() {
		return collect(await client.chat.completions.create({
			model: "demo", messages, max_tokens: 60, stream: true }));
	},
	async busy() {
		return caught(() => client.chat.completions.create(
			{ model: "demo", messages }));
	},
	async leave() {
		const stream = await client.chat.completions.create({
			model: "demo", messages, max_tokens: 5000, stream: true });
		for await (const _ of stream)
			break; // the client then aborts
		return {};
	},
};

console.log(JSON.stringify(await scenarios[scenario]()));
