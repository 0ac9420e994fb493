// Package catalog is what Postkey knows of Microsoft and of the products it
// sets up, as data: clouds with their hosts, permissions with Microsoft's ids,
// places in the portal, limits, products with their fields. The data is in
// assets/catalog, each fact beside its source, so that a change at Microsoft is
// a change of data.
//
// Start with Load. The package holds no rule about what a user may type; that
// is package wizard.
package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
)

// Custom is the cloud whose endpoints the user edits; Worldwide gives its defaults.
const (
	Custom    = "custom"
	Worldwide = "worldwide"
)

// Catalog is the loaded data. Methods may be called from several goroutines
// once Add or Follow has been called.
type Catalog struct {
	data
	clouds []cloud // data's, with those that were added in front
}

// data is what the files hold; it is never changed after loading.
type data struct {
	clouds      []cloud
	permissions []Permission
	byRef       map[string]int // "delegated:Mail.Send" to an index of permissions
	products    []Product
	portal      portalFile
	limits      Limits
	names       map[string]Permission // every known permission, by "resource's app id/id"
	resources   map[string]string     // names of APIs, by app id

	roads          []Road
	roadOf         map[string]roadChoice   // by product
	legPermissions map[string][]Permission // application permissions, by protocol
}

// embedded parses and checks the files once for all catalogues.
var embedded = sync.OnceValues(func() (data, error) {
	files, err := fs.Sub(assets.Catalog, "catalog")
	if err != nil {
		return data{}, err
	}
	return parse(files)
})

// Load returns the embedded data, parsed and checked. The error names the file
// and the entry that is wrong.
func Load() (*Catalog, error) {
	d, err := embedded()
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	return &Catalog{data: d, clouds: slices.Clone(d.clouds)}, nil
}

// Add puts one more cloud in front of the others: the practice tenant's. A cloud with
// the same ID is replaced.
func (c *Catalog) Add(added oauth.Cloud) { c.put(cloud{Cloud: added}) }

// Follow is Add for a cloud whose hosts change: now is asked for them each time,
// from any goroutine. Its ID stays the same.
func (c *Catalog) Follow(now func() oauth.Cloud) { c.put(cloud{Cloud: now(), now: now}) }

func (c *Catalog) put(added cloud) {
	rest := slices.DeleteFunc(c.clouds, func(have cloud) bool { return have.ID == added.ID })
	c.clouds = append([]cloud{added}, rest...)
}

// Clouds returns the clouds in the order of display, without custom.
func (c *Catalog) Clouds() []oauth.Cloud {
	out := make([]oauth.Cloud, len(c.clouds))
	for i, have := range c.clouds {
		out[i] = have.current()
	}
	return out
}

// Cloud finds a cloud by its ID; custom is none.
func (c *Catalog) Cloud(id string) (oauth.Cloud, bool) {
	i := slices.IndexFunc(c.clouds, func(have cloud) bool { return have.ID == id })
	if i < 0 {
		return oauth.Cloud{}, false
	}
	return c.clouds[i].current(), true
}

// CloudName is what the choice of clouds shows for the ID, also for custom and
// for the practice tenant's, which is the only one that is ever added.
func (c *Catalog) CloudName(id string) assets.Message {
	for _, have := range c.clouds {
		if have.ID == id && have.Name != "" {
			return assets.Msg(have.Name)
		}
	}
	if id == Custom {
		return assets.Msg("catalog.cloud-custom")
	}
	return assets.Msg("catalog.cloud-practice")
}

// ErrUnknownCloud says that a connection names a cloud that is not in the catalogue.
var ErrUnknownCloud = errors.New("unknown cloud")

// CloudOf returns the cloud of a connection. Custom is the worldwide cloud with
// the connection's endpoints laid over it; it has a portal only when its
// authority is that of a known cloud.
func (c *Catalog) CloudOf(conn store.Connection) (oauth.Cloud, error) {
	if conn.Cloud != Custom {
		known, ok := c.Cloud(conn.Cloud)
		if !ok {
			return oauth.Cloud{}, fmt.Errorf("%w %q", ErrUnknownCloud, conn.Cloud)
		}
		return known, nil
	}
	out, ok := c.Cloud(Worldwide)
	if !ok {
		return oauth.Cloud{}, fmt.Errorf("%w %q", ErrUnknownCloud, Worldwide)
	}
	out.ID, out.Unverified = Custom, false
	if e := conn.Endpoints; e != nil {
		overlay(&out.Authority, strings.TrimRight(e.Authority, "/"))
		overlay(&out.IMAP, e.IMAP)
		overlay(&out.POP, e.POP)
		overlay(&out.SMTP, e.SMTP)
		overlay(&out.EWS, e.EWS)
		overlay(&out.Graph, strings.TrimRight(e.Graph, "/"))
		overlay(&out.MailResource, strings.TrimRight(e.MailResource, "/"))
	}
	out.Portal = c.portalOf(out.Authority)
	return out, nil
}

// portalOf returns the portal of the cloud that signs in at authority; empty when none does.
func (c *Catalog) portalOf(authority string) string {
	for _, have := range c.clouds {
		if strings.EqualFold(have.Authority, authority) {
			return have.Portal
		}
	}
	return ""
}

func overlay(to *string, from string) {
	if from != "" {
		*to = from
	}
}

// Products returns the products in the order of display.
func (c *Catalog) Products() []Product { return slices.Clone(c.products) }

// Product finds a product by its ID.
func (c *Catalog) Product(id string) (Product, bool) {
	i := slices.IndexFunc(c.products, func(p Product) bool { return p.ID == id })
	if i < 0 {
		return Product{}, false
	}
	return c.products[i], true
}

// Limits returns Microsoft's limits on what a user enters.
func (c *Catalog) Limits() Limits { return c.limits }
