package diagnose

import (
	"slices"
	"strings"
)

// guides returns the ids of the advice that the guide of product has for a
// finding. Without a product, a text that names one counts for it; one that
// names none gets the advice of all, except where nothing is known.
func (c *catalogue) guides(finding, product, text string) []string {
	if product == "" {
		product = c.productIn(text)
	}
	var ids []string
	for _, g := range c.Guidance {
		fits := g.Product == product || product == "" && finding != Unknown
		if fits && slices.Contains(g.Of, finding) {
			ids = append(ids, g.ID)
		}
	}
	return ids
}

// productIn is the product that a text in lower case betrays; empty for none.
func (c *catalogue) productIn(text string) string {
	for id, words := range c.Products {
		if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) }) {
			return id
		}
	}
	return ""
}
