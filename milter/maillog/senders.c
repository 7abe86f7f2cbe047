#include "milter/maillog/senders.h"

#include <stdlib.h>

struct sender {
	uint64_t message; /* 0: free */
	struct domain domain;
};

struct senders {
	struct sender places[SENDERS_MAX];
};

enum status
senders_new(struct senders **out)
{
	*out = calloc(1, sizeof(**out));
	return *out == NULL ? STATUS_NOMEM : STATUS_OK;
}

void
senders_free(struct senders **senders)
{
	free(*senders);
	*senders = NULL;
}

void
senders_put(struct senders *senders, uint64_t message,
    const struct domain *domain)
{
	struct sender *sender = &senders->places[message % SENDERS_MAX];

	sender->message = message;
	sender->domain = *domain;
}

bool
senders_find(const struct senders *senders, uint64_t message,
    struct domain *out)
{
	const struct sender *sender = &senders->places[message % SENDERS_MAX];

	if (sender->message != message)
		return false;
	*out = sender->domain;
	return true;
}
