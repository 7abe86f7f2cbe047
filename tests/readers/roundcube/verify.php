<?php
/*
 * verify: the vectors, changes to every octet of them, and the corpus.
 *
 *	php verify.php TOP CORPUS
 *
 * One line for each that is not as it must be; exit 1 then. The last line says
 * how many were looked at.
 */
error_reporting(E_ALL);
set_error_handler(function ($level, $text, $file, $line) {
	if (error_reporting() & $level)
		throw new ErrorException($text, 0, $level, $file, $line);
});

[, $top, $corpus] = $argv;
require "$top/contrib/roundcube/hopseal/lib/verify.php";

$vectors = "$top/tests/vectors/stamp";
$tried = $bad = 0;

function check(string $name, bool $is_good): void
{
	global $tried, $bad;

	$tried++;
	if (!$is_good) {
		$bad++;
		echo "not ok - $name\n";
	}
}

function verify(string $text): array
{
	global $vectors;

	return Hopseal\Verify::message($text, new Hopseal\Keys(
	    file("$vectors/keys.txt")), 1795428107);
}

function check_vectors(string $vectors): void
{
	foreach ([['plain', 'pass', ''], ['folded', 'pass', ''],
	    ['bad-body', 'fail', 'body'], ['bad-subject', 'fail', 'signature'],
	    ['bad-second-from', 'fail', 'signature']]
	    as [$name, $result, $reason]) {
		$found = verify(file_get_contents("$vectors/$name.eml"));
		check("vector $name", [$found[0], $found[1]] ===
		    [$result, $reason]);
		check("$name shows no more", ($found[2] !== null) ===
		    ($result === 'pass'));
	}
	foreach (['plain', 'folded'] as $name) {
		$message = Hopseal\Message::read(
		    file_get_contents("$vectors/$name.eml"));
		$tags = Hopseal\Stamp::tags($message->fields[0][1]);
		Hopseal\Stamp::read($tags, $stamp);
		check("signed octets of $name", Hopseal\Verify::signed_octets(
		    $message, 0, $tags, $stamp->covered) ===
		    file_get_contents("$vectors/$name.data"));
	}
	check('no key', Hopseal\Verify::message(file_get_contents(
	    "$vectors/plain.eml"), new Hopseal\Keys([]), 1795428107)[0] ===
	    'foreign');
}

/* A revoked record counts, wherever it stands; else the first one does. */
function check_several_records(string $good, string $line): void
{
	$revoked = preg_replace('/p=.*/s', 'p=', $line);
	$other = preg_replace('/p=.*/s', 'p=AAAA', $line);

	foreach ([['later', [$line, $revoked], 'revoked'],
	    ['before', [$revoked, $line], 'revoked'],
	    ['between', [$line, $revoked, $line], 'revoked'],
	    ['first good', [$line, $other], ''],
	    ['first bad', [$other, $line], 'algorithm']]
	    as [$name, $lines, $reason])
		check("several records: $name", Hopseal\Verify::message(
		    $good, new Hopseal\Keys($lines), 1795428107)[1] ===
		    $reason);
}

/* Every field of plain.eml is signed. Letters of names have no case. */
function check_changes(string $good): void
{
	$head = substr($good, 0, strpos($good, "\r\n\r\n"));
	preg_match_all('/^[A-Za-z-]+(?=:)/m', $head, $names,
	    PREG_OFFSET_CAPTURE);
	$in_name = [];
	foreach ($names[0] as [$name, $start])
		$in_name += array_fill($start, strlen($name), true);
	for ($at = 0; $at < strlen($good); $at++) {
		for ($bit = 1; $bit < 256; $bit *= 2) {
			$changed = $good;
			$changed[$at] = chr(ord($good[$at]) ^ $bit);
			if (($bit === 32 && isset($in_name[$at])) ||
			    trim($good[$at] . $changed[$at], " \t\r\n") === '')
				continue;
			check("octet $at, bit $bit",
			    verify($changed)[0] !== 'pass');
		}
		check("one more before octet $at", verify(
		    substr_replace($good, 'x', $at, 0))[0] !== 'pass');
		if (!ctype_space($good[$at]))
			check("without octet $at", verify(
			    substr_replace($good, '', $at, 1))[0] !== 'pass');
	}
}

function check_corpus(string $corpus): void
{
	$read = json_decode(file_get_contents("$corpus/corpus.json"), true);
	$pinned = array_filter($read['keys'], fn ($line) =>
	    !str_contains($line, '.x.example '));
	$keys = new Hopseal\Keys($pinned);

	check('the corpus is there', count($read['rows']) > 150);
	foreach ($read['rows'] as $row) {
		$found = Hopseal\Verify::message(file_get_contents(
		    "$corpus/{$row['file']}"), $keys, time());
		check("{$row['name']}: $found[0] $found[1]",
		    [$found[0], $found[1]] === [$row['result'],
			$row['reason']]);
	}
}

check_vectors($vectors);
check_several_records(file_get_contents("$vectors/plain.eml"),
    file_get_contents("$vectors/keys.txt"));
check_changes(file_get_contents("$vectors/plain.eml"));
check_corpus($corpus);
echo "looked at $tried\n";
exit($bad > 0 ? 1 : 0);
