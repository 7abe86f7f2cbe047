/*
 * background: wires Thunderbird's events. Listeners are added at once, so
 * that an event can wake this page.
 */
import { Button } from "./show/button.js";

const button = new Button(messenger);

messenger.messageDisplay.onMessagesDisplayed.addListener((tab, list) =>
    button.show(tab, list));
messenger.tabs.onRemoved.addListener((tabId) => button.forget(tabId));
