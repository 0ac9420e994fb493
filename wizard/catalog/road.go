package catalog

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
)

// The roads by which an application reaches mail without a user.
const (
	RoadMail     = "mail"      // IMAP, POP and SMTP with API permissions and permissions on each mailbox
	RoadSMTPRBAC = "smtp-rbac" // SMTP alone, with RBAC for Applications and no API permission
	RoadGraph    = "graph"     // Microsoft Graph
	RoadEWS      = "ews"       // Exchange Web Services, which Microsoft retires
)

// The modes of a connection: who signs in.
const (
	ModeDelegated = "delegated" // a user
	ModeAppOnly   = "app-only"  // the application itself
)

// Road is one way for an application that signs in itself to reach mail.
type Road struct {
	// ID is RoadMail, RoadSMTPRBAC, RoadGraph or RoadEWS.
	ID string
	// Title is its name, Needs what has to be set up, Costs what it lacks or
	// burdens with, Life how long it lasts, Grant who may consent to it.
	Title, Needs, Costs, Life, Grant assets.Message
	// Protocols are those that can be chosen on it, Preset those that are
	// chosen first.
	Protocols, Preset []string
	// SMTPRBAC is what a connection's field of that name is on this road.
	SMTPRBAC bool
	// Ends are the days on which something of it changes, in order.
	Ends []RoadDate
}

// RoadDate is a day on which Microsoft changes something.
type RoadDate struct {
	Day store.Date
	// Final says that the road ends on this day, without exceptions.
	Final bool
	// Text says what happens.
	Text assets.Message
}

// Countdown says of each date of the road how far it is from now: what it is,
// when, and the days left or gone.
func (r Road) Countdown(now time.Time) []assets.Message {
	out := make([]assets.Message, len(r.Ends))
	for i, d := range r.Ends {
		key, days := "roads.in-days", d.Day.DaysFrom(now)
		switch {
		case days < 0:
			key, days = "roads.days-ago", -days
		case days == 0:
			key = "roads.today"
		}
		out[i] = assets.Msg(key, "Count", days, "Date", DayText(d.Day), "Text", d.Text)
	}
	return out
}

// Final is the day on which the road ends for good; false where none is known.
func (r Road) Final() (RoadDate, bool) {
	i := slices.IndexFunc(r.Ends, func(d RoadDate) bool { return d.Final })
	if i < 0 {
		return RoadDate{}, false
	}
	return r.Ends[i], true
}

// Over reports whether the road has ended for good.
func (r Road) Over(now time.Time) bool {
	end, known := r.Final()
	return known && end.Day.DaysFrom(now) <= 0
}

// DayText is a day in words, such as 21 May 2027.
func DayText(d store.Date) assets.Message {
	return assets.Msg("page-date.day", "Day", d.Day, "Year", d.Year, "Month", assets.Msg("page-date.month-"+strconv.Itoa(int(d.Month))))
}

// Roads returns the roads in the order of display, the ID of the one that fits
// the product and why. A product that is not known gets the one of "other".
func (c *Catalog) Roads(product string) (roads []Road, preselected string, reason assets.Message) {
	choice, ok := c.roadOf[product]
	if !ok {
		choice = c.roadOf["other"]
	}
	for _, r := range c.roads {
		roads = append(roads, r.clone())
	}
	return roads, choice.road, choice.reason
}

// ModeOf returns who signs in for a product, ModeDelegated or ModeAppOnly, as
// its own guide has it.
func (c *Catalog) ModeOf(product string) string {
	if choice, ok := c.roadOf[product]; ok {
		return choice.mode
	}
	return ModeDelegated
}

// OneUserName reports whether a product is known to have one user name for IMAP
// and SMTP, which a delegate's sign-in to a shared mailbox cannot serve.
func (c *Catalog) OneUserName(product string) bool { return c.roadOf[product].oneUserName }

// Road finds a road by its ID.
func (c *Catalog) Road(id string) (Road, bool) {
	i := slices.IndexFunc(c.roads, func(r Road) bool { return r.ID == id })
	if i < 0 {
		return Road{}, false
	}
	return c.roads[i].clone(), true
}

// RoadOf returns the road of a connection with these protocols. Where several
// are mixed it is the one that is nearest to its end: EWS before Graph before mail.
func (c *Catalog) RoadOf(protocols []string, smtpRBAC bool) Road {
	id := RoadMail
	switch {
	case slices.Contains(protocols, "ews"):
		id = RoadEWS
	case slices.Contains(protocols, "graph"):
		id = RoadGraph
	case smtpRBAC && slices.Contains(protocols, "smtp"):
		id = RoadSMTPRBAC
	}
	road, _ := c.Road(id)
	return road
}

// legs are the protocols in the order in which permissions are listed.
var legs = []string{"imap", "pop", "smtp", "graph", "ews"}

// AppPermissions returns the application permissions for these protocols, in
// the order of the checklist. SMTP through RBAC for Applications needs none: the
// permission would bring back the check of each mailbox's own permissions
// (Exchange Online: Onboard SMTP with RBAC for Applications).
func (c *Catalog) AppPermissions(protocols []string, smtpRBAC bool) []Permission {
	var out []Permission
	for _, leg := range legs {
		if slices.Contains(protocols, leg) && (leg != "smtp" || !smtpRBAC) {
			out = append(out, c.legPermissions[leg]...)
		}
	}
	for i, p := range out {
		out[i].Portal = slices.Clone(p.Portal)
	}
	return out
}

// NeededRoles returns the roles that an application's token must carry for a
// leg: imap, pop, smtp, graph or ews. SMTP through RBAC for Applications needs none.
func (c *Catalog) NeededRoles(leg string, smtpRBAC bool) []string {
	var roles []string
	for _, p := range c.AppPermissions([]string{leg}, smtpRBAC) {
		if p.Needed {
			roles = append(roles, p.Name)
		}
	}
	return roles
}

// AppScope returns the one scope of the client credentials for a leg: .default
// on Microsoft Graph or on the cloud's Exchange Online, whose address for
// applications is not always that of delegated mail scopes (Exchange Online:
// Authenticate an IMAP, POP or SMTP connection using OAuth).
func (c *Catalog) AppScope(cloud oauth.Cloud, leg string) string {
	if leg == "graph" {
		return strings.TrimRight(cloud.Graph, "/") + "/.default"
	}
	resource := strings.TrimRight(cloud.MailResource, "/")
	for _, have := range c.clouds {
		if have.AppResource != "" && strings.EqualFold(have.MailResource, resource) {
			resource = have.AppResource
			break
		}
	}
	return resource + "/.default"
}

// clone keeps callers from changing the data.
func (r Road) clone() Road {
	r.Protocols, r.Preset, r.Ends = slices.Clone(r.Protocols), slices.Clone(r.Preset), slices.Clone(r.Ends)
	return r
}
