<?php
/*
 * verify: does a message bear a stamp of a pinned signer that holds?
 *
 * Pure: the message, the keys and the time are passed in. Results and reasons
 * are those of hopseal verify, and two more of its own, since it speaks for
 * what is shown: `coverage`, a field that changes how the message looks is not
 * signed as often as it occurs; `hidden`, see message.php. Source: hopseal(8),
 * verify; RFC 6376, 6.1; RFC 8463, 3.
 */
namespace Hopseal;

require_once __DIR__ . '/text.php';
require_once __DIR__ . '/message.php';
require_once __DIR__ . '/stamp.php';
require_once __DIR__ . '/keys.php';

final class Verify
{
	const STAMPS_MAX = 5;
	const CLOCK_SKEW = 300;
	/* Which of several results speaks for the message. */
	const RANK = ['pass', 'fail', 'permerror', 'foreign', 'none'];
	const MUST_BE_COVERED = ['from', 'subject', 'mime-version',
	    'content-type', 'content-transfer-encoding'];

	/* [result, reason, stamp]: the stamp only of one that passes. */
	public static function message(string $text, Keys $keys,
	    int $now): array
	{
		$message = Message::read($text);
		$best = ['none', '', null];
		$count = 0;

		if ($message === null)
			return ['permerror', 'syntax', null];
		foreach ($message->fields as $index => [$name]) {
			if ($name !== Stamp::FIELD)
				continue;
			if (++$count > self::STAMPS_MAX || $best[0] === 'pass')
				break;
			$found = self::stamp($message, $index, $keys, $now);
			if (array_search($found[0], self::RANK, true) <
			    array_search($best[0], self::RANK, true))
				$best = $found;
		}
		return $best;
	}

	private static function stamp(Message $message, int $index, Keys $keys,
	    int $now): array
	{
		$value = $message->fields[$index][1];
		$tags = Stamp::tags($value);
		$domain = isset($tags['d']) ? to_name($tags['d'][0]) : null;

		if ($domain === null)
			return ['permerror', 'syntax', null];
		if (!$keys->trusts($domain))
			return ['foreign', '', null];
		$flaw = Stamp::read($tags, $stamp);
		if ($flaw === '')
			$flaw = $keys->find($stamp, $key);
		if ($flaw === '' && !self::is_key($stamp->algorithm, $key))
			$flaw = 'algorithm';
		if ($flaw !== '')
			return ['permerror', $flaw, null];
		$signed = self::signed_octets($message, $index, $tags,
		    $stamp->covered);
		if (!self::verifies($stamp, $key, $signed))
			return ['fail', 'signature', null];
		$flaw = self::what_fails($message, $stamp, $now);
		return $flaw === '' ? ['pass', '', $stamp]
		    : ['fail', $flaw, null];
	}

	/* The fields of h=, bottom-up for equal names; the stamp without b=. */
	public static function signed_octets(Message $message, int $index,
	    array $tags, array $covered): string
	{
		$left = array_column($message->fields, 0);
		[, $start, $length] = $tags['b'];
		$own = substr_replace($message->fields[$index][1], '', $start,
		    $length);
		$text = '';

		$left[$index] = null;
		foreach ($covered as $name) {
			$places = array_keys($left, $name, true);
			if ($places === [])
				continue;
			$at = end($places);
			$text .= Message::canonical_field($name,
			    $message->fields[$at][1]) . "\r\n";
			$left[$at] = null;
		}
		return $text . Message::canonical_field(Stamp::FIELD, $own);
	}

	/* An RSA key for openssl. */
	private static function pem(string $key): string
	{
		return "-----BEGIN PUBLIC KEY-----\n" .
		    chunk_split(base64_encode($key), 64, "\n") .
		    "-----END PUBLIC KEY-----\n";
	}

	private static function is_key(string $algorithm, string $key): bool
	{
		if ($algorithm === 'ed25519')
			return strlen($key) ===
			    SODIUM_CRYPTO_SIGN_PUBLICKEYBYTES;
		$rsa = openssl_pkey_get_public(self::pem($key));
		$about = $rsa === false ? [] : openssl_pkey_get_details($rsa);

		return ($about['type'] ?? -1) === OPENSSL_KEYTYPE_RSA &&
		    $about['bits'] >= 2048 && $about['bits'] <= 8192;
	}

	private static function verifies(Stamp $stamp, string $key,
	    string $signed): bool
	{
		if ($stamp->algorithm === 'rsa')
			return openssl_verify($signed, $stamp->signature,
			    self::pem($key), OPENSSL_ALGO_SHA256) === 1;
		return strlen($stamp->signature) === SODIUM_CRYPTO_SIGN_BYTES &&
		    sodium_crypto_sign_verify_detached($stamp->signature,
			hash('sha256', $signed, true), $key);
	}

	/* What a signature that holds says of body, time and header. */
	private static function what_fails(Message $message, Stamp $stamp,
	    int $now): string
	{
		$body = $message->canonical_body();

		if ($body === null || !hash_equals($stamp->body_hash,
		    hash('sha256', $body, true)))
			return 'body';
		if ((int)$stamp->tag('t') - $now > self::CLOCK_SKEW)
			return 'future';
		if ($message->hidden)
			return 'hidden';
		foreach (self::MUST_BE_COVERED as $name)
			if ($message->count($name) >
			    count(array_keys($stamp->covered, $name, true)))
				return 'coverage';
		return '';
	}
}
