package manifest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
)

// Area is what part of a registration a point is about.
type Area string

// The areas, in the order of the points.
const (
	AreaClientID     Area = "client-id"
	AreaAudience     Area = "audience"
	AreaRedirect     Area = "redirect"
	AreaPermission   Area = "permission"
	AreaSecret       Area = "secret"
	AreaCertificate  Area = "certificate"
	AreaPublicClient Area = "public-client"
)

// State is what is to be said of a point.
type State string

// The states of a point.
const (
	Right       State = "right"
	Wrong       State = "wrong"
	Undecidable State = "undecidable" // the manifest does not say, or it may be meant so
)

// Point is one thing of the registration, compared with the connection.
type Point struct {
	Area Area
	// What says what was looked at.
	What assets.Message
	// Needed and Present are values as the portal shows them; Present is empty
	// where there is none.
	Needed, Present string
	State           State
	// Fix says what to do; zero where the point is right.
	Fix assets.Message
	// Page is the page of the portal where it is done (see catalog.Portal);
	// empty where it is done in Postkey.
	Page string
	// Crumbs are the place of a permission below the registration, in the
	// portal's English words (see catalog.PortalWords); empty otherwise.
	Crumbs []string
	// Finding is the id of the finding that the wrong point leads to; it may be empty.
	Finding string
}

// comparison gathers points.
type comparison struct {
	m      Manifest
	conn   store.Connection
	cat    *catalog.Catalog
	now    time.Time
	points []Point
}

// Compare compares a registration with a connection, point by point in the order
// of the areas. What the connection does not need is no point.
func Compare(m Manifest, conn store.Connection, cat *catalog.Catalog, now time.Time) []Point {
	c := &comparison{m: m, conn: conn, cat: cat, now: now}
	c.clientID()
	c.audience()
	c.redirects()
	c.permissions()
	c.credentials()
	c.public()
	return c.points
}

const (
	modeAppOnly     = "app-only"
	platformDesktop = "desktop"
)

func (c *comparison) appOnly() bool { return c.conn.Mode == modeAppOnly }

func what(key string, pairs ...any) assets.Message {
	return assets.Msg("manifest.point-"+key, pairs...)
}

func (c *comparison) add(area Area, state State, about assets.Message, needed, present string) *Point {
	c.points = append(c.points, Point{Area: area, What: about, Needed: needed, Present: brief(present), State: state})
	return &c.points[len(c.points)-1]
}

// fix says what to do about the point, on a page of the portal, and what it
// leads to while it is wrong.
func (p *Point) fix(key, page, finding string, pairs ...any) {
	p.Fix, p.Page = assets.Msg("manifest.fix-"+key, pairs...), page
	if p.State == Wrong {
		p.Finding = finding
	}
}

func (c *comparison) clientID() {
	need, have := strings.TrimSpace(c.conn.ClientID), c.m.ClientID
	point := c.add(AreaClientID, Right, what("client-id"), need, have)
	switch {
	case need == "":
		point.State = Undecidable
		point.fix("client-id-unknown", "", "")
	case strings.EqualFold(need, have):
	case strings.EqualFold(need, c.m.ObjectID):
		point.State = Wrong
		point.fix("client-id-is-object", "", "client-unknown", "ID", have)
	default:
		point.State = Wrong
		point.fix("client-id", "", "client-unknown")
	}
}

// audiences are Microsoft's words for who may sign in, from the narrowest on
// (Microsoft Graph: application resource type, signInAudience).
var audiences = []struct {
	word string
	is   oauth.Audience
}{
	{"AzureADMyOrg", oauth.AudienceSingle},
	{"AzureADMultipleOrgs", oauth.AudienceMulti},
	{"AzureADandPersonalMicrosoftAccount", oauth.AudienceMultiPersonal},
}

func (c *comparison) audience() {
	need, have := -1, -1
	needed := ""
	for i, a := range audiences {
		if a.is == c.conn.Audience || c.conn.Audience == "" && i == 0 {
			need, needed = i, a.word
		}
		if strings.EqualFold(a.word, c.m.Audience) {
			have = i
		}
	}
	point := c.add(AreaAudience, Right, what("audience"), needed, c.m.Audience)
	switch {
	case c.m.Absent[AreaAudience]:
		point.State = Undecidable
		point.fix("absent", catalog.PageAuthentication, "")
	case have == need:
	case have > need:
		point.State = Undecidable // it works, and lets more in than the connection needs
		point.fix("audience-wider", catalog.PageAuthentication, "")
	default: // narrower, or personal accounts alone
		point.State = Wrong
		point.fix("audience", catalog.PageAuthentication, "single-tenant-on-common", "Audience", needed)
	}
}

func (c *comparison) redirects() {
	product, ok := c.cat.Product(c.conn.Product)
	if !ok {
		product, _ = c.cat.Product("other")
	}
	if own := product.RedirectURI(c.conn); own != "" {
		c.redirect(what("redirect-product"), own, true)
	}
	// An application that signs in itself needs Postkey's only for the consent
	// that is answered on this computer.
	c.redirect(what("redirect-postkey"), c.cat.Limits().PostkeyRedirect, !c.appOnly())
}

// redirect judges one redirect URI and where it stands.
func (c *comparison) redirect(about assets.Message, uri string, needed bool) {
	platform, word := Web, "Web"
	if c.conn.Platform == platformDesktop {
		platform, word = PublicClient, "Mobile and desktop applications"
	}
	if c.m.Absent[AreaRedirect] {
		c.add(AreaRedirect, Undecidable, about, uri, "").fix("absent", catalog.PageAuthentication, "")
		return
	}
	var same, near []Redirect
	for _, r := range c.m.Redirects {
		switch {
		case sameRedirect(r.URI, uri):
			same = append(same, r)
		case strings.EqualFold(strings.TrimRight(r.URI, "/"), strings.TrimRight(uri, "/")):
			near = append(near, r)
		}
	}
	wrongPlace := slices.IndexFunc(same, func(r Redirect) bool { return r.Platform != platform })
	point := c.add(AreaRedirect, Right, about, uri+" ("+word+")", "")
	switch {
	case len(same) > 0 && wrongPlace < 0:
		point.Present = brief(same[0].URI + " (" + string(platform) + ")")
	case wrongPlace >= 0:
		at := same[wrongPlace]
		point.State, point.Present = Wrong, brief(at.URI+" ("+string(at.Platform)+")")
		finding := map[Platform]string{SPA: "redirect-is-spa", PublicClient: "secret-on-public-client", Web: "secret-missing"}[at.Platform]
		point.fix("redirect-platform", catalog.PageRedirectURIs, finding, "Platform", word)
	case len(near) > 0:
		point.State, point.Present = Wrong, brief(near[0].URI)
		point.fix("redirect-near", catalog.PageRedirectURIs, "redirect-not-registered", "URI", uri)
	case !needed:
		point.State = Undecidable
		point.fix("redirect-consent", catalog.PageAuthentication, "", "URI", uri)
	default:
		point.State = Wrong
		point.fix("redirect", catalog.PageAuthentication, "redirect-not-registered", "URI", uri, "Platform", word)
	}
}

// sameRedirect compares two redirect URIs as Entra does: letter by letter, but
// without the port of localhost (Microsoft Entra: Redirect URI restrictions and
// limitations).
func sameRedirect(a, b string) bool { return withoutPort(a) == withoutPort(b) }

func withoutPort(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Hostname() != "localhost" || u.Port() == "" || u.User != nil {
		return uri
	}
	return strings.Replace(uri, "localhost:"+u.Port(), "localhost", 1)
}

// public judges whether public client flows are allowed. They matter only to a
// sign-in without a redirect URI, which Postkey does not make.
func (c *comparison) public() {
	present := "false"
	if c.m.Public {
		present = "true"
	}
	if c.m.Absent[AreaPublicClient] && !c.m.Public {
		present = ""
	}
	point := c.add(AreaPublicClient, Right, what("public"), "false", present)
	if c.m.Public && c.conn.Platform != platformDesktop {
		point.State = Undecidable
		point.fix("public", catalog.PageRedirectURIs, "")
	}
	if c.conn.Platform == platformDesktop {
		point.Needed = ""
	}
}

// brief is a value fit for a sentence: one line, not long.
func brief(text string) string {
	const most = 160
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r == 0xfeff {
			return ' '
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// listed names a few of many.
func listed(names []string) string {
	const most = 8
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" … (%d)", len(names))
	}
	return strings.Join(names, ", ")
}
