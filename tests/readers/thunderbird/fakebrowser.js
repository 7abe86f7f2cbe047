/*
 * fakebrowser: as much of Thunderbird's `messenger` as the extension uses, as
 * the documentation of its API of manifest V3 describes it.
 *
 * state: language, texts (messages.json), managed and local (stored settings),
 * messages (id: {octets or a promise of them, folder}), displayed (ids).
 * Whatever the extension does to the button is kept in `painted`.
 */
function fakeBrowser(state) {
	const painted = {}, listeners = {};

	function event(name) {
		return { addListener: (f) => { listeners[name] = f; } };
	}

	function getMessage(name, values, ...others) {
		const entry = state.texts[name];

		if (entry === undefined)
			throw new Error(`_locales has no ${name}`);
		if (others.length > 0 || (values && !Array.isArray(values)))
			throw new Error("the values are no list");
		return entry.message.replace(/\$(\w+)\$/g, (_, word) =>
		    values[entry.placeholders[word].content.slice(1) - 1]);
	}

	function pick(stored, names) {
		return Object.fromEntries(names.filter((name) => name in stored)
		    .map((name) => [name, stored[name]]));
	}

	function keep() {
		return async ({ tabId, ...rest }) => {
			painted[tabId] = { ...painted[tabId], ...rest };
		};
	}

	function header(id) {
		return { id, folder: state.messages[id].folder };
	}

	state.local ??= { keys: state.keys };
	return {
		painted, listeners, state,
		list: (...ids) => ({ id: null, messages: ids.map(header) }),
		i18n: { getMessage, getUILanguage: () => state.language },
		storage: {
			managed: { get: async (names) => {
				if (state.managed === undefined)
					throw new Error("Managed storage manifest " +
					    "not found");
				return pick(state.managed, names);
			} },
			local: {
				get: async (names) => pick(state.local, names),
				set: async (values) => {
					Object.assign(state.local, values);
				},
			},
		},
		tabs: {
			query: async () => [{ id: 7 }],
			onRemoved: event("onRemoved"),
		},
		messages: {
			getRaw: async (id, { data_format: format }) => {
				const octets = await state.messages[id].octets;

				if (format !== "File")
					throw new Error("not asked for a File");
				return new Blob([Uint8Array.from(octets)]);
			},
		},
		messageDisplay: {
			onMessagesDisplayed: event("onMessagesDisplayed"),
			getDisplayedMessages: async () => ({
				id: null, messages: state.displayed.map(header),
			}),
		},
		messageDisplayAction: {
			setIcon: keep(), setTitle: keep(),
			setLabel: keep(),
		},
	};
}
