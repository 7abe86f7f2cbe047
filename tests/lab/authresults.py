"""Authentication-Results, read by a parser that is not ours (authres)."""

import authres

NAME = b"authentication-results"


def values(message):
    """The values of these fields as they stand, folds included, top first."""
    found = []
    for line in message.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and found:
            found[-1] += b"\r\n" + line
        else:
            found.append(line)
    return [value.strip() for name, _, value in
            (field.partition(b":") for field in found)
            if name.lower() == NAME]


def read(value):
    """(authserv-id, {method: (result, {"ptype.property": value})}).

    What is not of the grammar of RFC 8601 raises SyntaxError."""
    header = authres.AuthenticationResultsHeader.parse_value(
        value.decode("utf-8"))
    return header.authserv_id, {
        one.method: (one.result, {"%s.%s" % (item.type, item.name): item.value
                                  for item in one.properties})
        for one in header.results}
