/*
 * button: the button beside the header of a displayed message.
 *
 * A verdict is shown only on the message that it is of: while one is being
 * judged the button says nothing, and a judgement that comes late, when the
 * tab shows another message, is dropped.
 */
import { judgeMessage, onlyOne } from "./displayed.js";
import { inWords } from "./words.js";

export class Button {
	constructor(browser) {
		this.browser = browser;
		this.turns = new Map(); /* of a tab: the newest display */
	}

	async paint(tabId, icon, title) {
		const action = this.browser.messageDisplayAction;

		await action.setIcon({ tabId, path: `/icons/${icon}.svg` });
		await action.setTitle({ tabId, title });
		await action.setLabel({ tabId, label: title });
	}

	/* For messageDisplay.onMessagesDisplayed. */
	async show(tab, list) {
		const turn = (this.turns.get(tab.id) ?? 0) + 1;
		const header = onlyOne(list);
		const say = this.browser.i18n.getMessage;
		let words = { state: "none", title: say("title_fault") };

		this.turns.set(tab.id, turn);
		await this.paint(tab.id, "none", say("title_checking"));
		if (header === null)
			return;
		try {
			const judgement = await judgeMessage(this.browser,
			    header);

			words = inWords(judgement, say,
			    this.browser.i18n.getUILanguage());
		} catch (fault) {
			console.error("hopseal:", fault);
		}
		if (this.turns.get(tab.id) === turn)
			await this.paint(tab.id, words.state, words.title);
	}

	/* For tabs.onRemoved. */
	forget(tabId) {
		this.turns.delete(tabId);
	}
}
