package ui

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"postkey/store"
	"postkey/wizard"
)

// sortCards puts what needs a hand first: expired, failing and signed out; then
// the secrets that end first; then by name.
func sortCards(cards []*card, now time.Time) {
	slices.SortStableFunc(cards, func(a, b *card) int {
		x, y := a.connection, b.connection
		return cmp.Or(
			cmp.Compare(urgency(x, now), urgency(y, now)),
			cmp.Compare(daysOf(x, now), daysOf(y, now)),
			strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)),
		)
	})
}

// urgency is 0 for a connection that does not work or soon will not, else 1.
func urgency(c store.Connection, now time.Time) int {
	if daysOf(c, now) < 0 || needsSignIn(c) || c.LastTest != nil && !c.LastTest.OK {
		return 0
	}
	return 1
}

// daysOf is how many days the client secret lasts; without a secret or its
// date, more than any other.
func daysOf(c store.Connection, now time.Time) int {
	if c.Platform == wizard.PlatformDesktop || c.SecretExpires.IsZero() {
		return math.MaxInt
	}
	return c.SecretExpires.DaysFrom(now)
}

// searchFrom is from how many connections on Home has a search.
const searchFrom = 10

// contains reports whether each word of the search stands in one of the parts.
func contains(search string, parts ...string) bool {
	all := strings.ToLower(strings.Join(parts, "\n"))
	for _, word := range strings.Fields(strings.ToLower(search)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// found reports whether the search finds the connection.
func (h *home) found(c store.Connection) bool {
	return contains(h.searched(), c.Name, c.Mailbox.Address, c.Mailbox.Delegate, c.TenantID, h.productOf(c.Product))
}

// foundDraft reports whether the search finds the draft.
func (h *home) foundDraft(d *wizard.Draft) bool {
	return contains(h.searched(), d.Name, d.Mailbox.Address, d.Mailbox.Delegate, d.TenantID, h.productOf(d.Product))
}

func (h *home) productOf(id string) string {
	if p, ok := h.app.bench.Catalog.Product(id); ok {
		return productName(p)
	}
	return ""
}

// searched is what is searched for; empty while there is no search.
func (h *home) searched() string {
	if h.search.Hidden {
		return ""
	}
	return strings.TrimSpace(h.search.Text())
}
