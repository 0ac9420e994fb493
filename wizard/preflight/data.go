package preflight

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"postkey/assets"
)

// names are those in certificates by which inspection is recognised; see
// assets/catalog/preflight.json.
type names struct {
	Source         string   `json:"source"`
	Issuers        []string `json:"issuers"`
	Inspectors     []string `json:"inspectors"`
	MicrosoftHosts []string `json:"microsoft_hosts"`
}

// data is embedded and tested, so reading it cannot fail.
var data = sync.OnceValue(func() names {
	var n names
	raw, err := assets.Catalog.ReadFile("catalog/preflight.json")
	if err == nil {
		err = json.Unmarshal(raw, &n)
	}
	if err != nil {
		panic(fmt.Sprintf("catalog/preflight.json: %v", err))
	}
	return n
})

// inspector is the maker of an inspecting proxy that the name betrays; empty for none.
func (n names) inspector(name string) string {
	padded := strings.ToLower(name) + " "
	for _, maker := range n.Inspectors {
		if strings.Contains(padded, strings.ToLower(maker)) {
			return maker
		}
	}
	return ""
}

// microsoft reports whether a host is one of Microsoft's.
func (n names) microsoft(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return slices.ContainsFunc(n.MicrosoftHosts, func(h string) bool { return host == h || strings.HasSuffix(host, "."+h) })
}

// microsoftIssuer reports whether one of the names is of whom Microsoft buys from.
func (n names) microsoftIssuer(issuers []string) bool {
	return slices.ContainsFunc(issuers, func(name string) bool {
		return slices.ContainsFunc(n.Issuers, func(i string) bool { return strings.Contains(name, i) })
	})
}
