<?php
/*
 * hopseal: says above a message whether it was received over TLS, by the stamp
 * of a mail server whose key the administrator pinned.
 *
 * For Roundcube 1.6 with PHP 8.0 or later, sodium and openssl. It stands in
 * Roundcube's own area above the message, and all that it shows is escaped. Of
 * a stamp that does not verify nothing is shown but the reason; without a
 * stamp nothing is said.
 */
require_once __DIR__ . '/lib/verify.php';

class hopseal extends rcube_plugin
{
	public $task = 'mail';

	/* Larger messages are not read into memory. */
	private const SIZE_MAX = 16777216;

	/* Result: icon and class of Roundcube's message boxes. */
	private const LOOKS = [
	    'pass' => ['verified', 'boxconfirmation'],
	    'fail' => ['bad', 'boxwarning'],
	    'permerror' => ['bad', 'boxwarning'],
	    'foreign' => ['unpinned', 'boxinformation'],
	];

	private $rc;

	function init()
	{
		$this->rc = rcube::get_instance();
		$this->load_config();
		$this->add_texts('localization/');
		$this->add_hook('message_objects', [$this, 'show']);
		if ($this->rc->output instanceof rcmail_output_html)
			$this->include_stylesheet('hopseal.css');
	}

	/* Hook: content, message. */
	function show($args)
	{
		$message = $args['message'];

		/* A message inside of another one has no stamp of its own. */
		if ($message->context !== null && $message->context !== '')
			return $args;
		if ($message->headers->size > self::SIZE_MAX)
			return $this->with_box($args, 'foreign',
			    $this->gettext('toolarge'));
		$raw = $this->rc->get_storage()->get_raw_body($message->uid);
		$keys = $this->rc->config->get('hopseal_keys', []);
		$found = Hopseal\Verify::message((string)$raw,
		    new Hopseal\Keys((array)$keys), time());
		return $found[0] === 'none' ? $args : $this->with_box($args,
		    $found[0], $this->sentence(...$found));
	}

	private function sentence($result, $reason, $stamp)
	{
		if ($result === 'foreign')
			return $this->gettext('unpinned');
		if ($result !== 'pass')
			return $this->gettext('bad') . ' ' . $this->gettext(
			    'reason_' . str_replace(' ', '_', $reason));
		return $this->gettext(['name' => 'received', 'vars' => [
		    '$host' => $stamp->tag('by'),
		    '$time' => $this->rc->format_date((int)$stamp->tag('t')),
		    '$origin' => $this->origin($stamp),
		    '$tls' => $stamp->tag('tls'),
		]]) . ' ' . $this->gettext('notasserted');
	}

	private function origin($stamp)
	{
		if ($stamp->tag('sender') !== '-')
			return $this->gettext(['name' => 'fromdomain',
			    'vars' => ['$domain' => $stamp->tag('sender')]]);
		return $stamp->tag('ip') === '' ? $this->gettext('fromunknown')
		    : $this->gettext(['name' => 'fromaddress',
			'vars' => ['$address' => $stamp->tag('ip')]]);
	}

	/* The sentence is text: it is escaped here. */
	private function with_box($args, $result, $sentence)
	{
		[$icon, $class] = self::LOOKS[$result];

		$args['content'][] = html::div(
		    ['id' => 'hopseal-stamp', 'class' => "hopseal $class"],
		    html::img(['src' => $this->urlbase . "icons/$icon.svg",
			'alt' => '', 'width' => 20, 'height' => 20]) .
		    html::span(null, rcube::Q($sentence)));
		return $args;
	}
}
