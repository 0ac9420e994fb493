package exchange

import (
	"regexp"
	"slices"
	"strings"
)

// principal compares Get-ServicePrincipal.
func (c *comparison) principal() {
	s := c.setup
	create := ""
	if !s.missing(ValueClientID) && !s.missing(ValueObjectID) {
		create = "New-ServicePrincipal -AppId " + Quote(s.ClientID) + " -ObjectId " + Quote(s.ObjectID) + " -DisplayName " + Quote(s.Name)
	}
	var mine *record
	cut := false
	for i, r := range c.by[GetServicePrincipal] {
		switch same(r.get("AppId"), s.ClientID) {
		case Right:
			mine = &c.by[GetServicePrincipal][i]
		case Undecidable:
			cut = true
			if mine == nil {
				mine = &c.by[GetServicePrincipal][i]
			}
		}
	}
	if mine == nil {
		c.add(Wrong, what("principal"), s.ClientID, field{}).fix("principal", create, "imap-app-mailbox-access")
		return
	}
	app, object := mine.get("AppId"), mine.get("ObjectId", "ServiceId", "Identity", "Id", "Name")
	line := c.add(Right, what("principal"), s.ClientID, app)
	if cut && same(app, s.ClientID) != Right {
		line.State = Undecidable
		line.fix("columns", "", "")
	}
	line = c.add(same(object, s.ObjectID), what("object-id"), s.ObjectID, object)
	switch {
	case plain(object.value) != "" && plain(object.value) == plain(s.ClientID):
		line.State = Wrong // it can never be that
		line.fix("object-id-is-client", "", "imap-app-mailbox-access")
	case line.State == Wrong:
		line.fix("object-id", "Remove-ServicePrincipal -Identity "+Quote(object.value)+" -Confirm:$false\n"+create, "imap-app-mailbox-access")
	case line.State == Undecidable && s.missing(ValueObjectID):
		line.fix("object-id-unknown", "", "")
	case line.State == Undecidable:
		line.fix("columns", "", "")
	}
}

// mailboxes compares Get-CASMailbox.
func (c *comparison) mailboxes() {
	seen := make(map[string]bool)
	for _, r := range c.by[GetCASMailbox] {
		names := []field{r.get("PrimarySmtpAddress"), {value: r.echo.about}, r.get("Name"), r.get("Identity"), r.get("DisplayName")}
		address, reach := c.setup.mailbox(names...)
		switch {
		case address == "" && len(c.setup.Reach) == 1 && len(c.by[GetCASMailbox]) == 1 && nameOf(names) == "?":
			address = c.setup.Reach[0] // asked for one mailbox, without its name
		case address == "":
			c.add(Undecidable, what("mailbox-unknown", "Mailbox", nameOf(names)), "", field{}).fix("mailbox-unknown", "", "")
			continue
		case !reach:
			continue // what is on for a mailbox out of reach does not matter
		}
		seen[address] = true
		for _, p := range []struct{ protocol, property string }{
			{"imap", "ImapEnabled"}, {"pop", "PopEnabled"}, {"ews", "EwsEnabled"},
		} {
			if c.setup.uses(p.protocol) {
				c.enabled(address, p.protocol, p.property, r.get(p.property))
			}
		}
		if c.setup.SMTP() {
			c.smtp(address, r)
		}
	}
	for _, a := range c.setup.Refuse {
		seen[a] = true
	}
	if c.setup.uses("imap", "pop", "smtp", "ews") {
		c.absent(seen)
	}
}

// enabled judges a protocol's switch of a mailbox.
func (c *comparison) enabled(address, protocol, property string, value field) {
	on, known := truth(value)
	line := c.add(Right, what("on", "Protocol", strings.ToUpper(protocol), "Mailbox", address), "True", value)
	switch {
	case !known:
		line.State = Undecidable
		line.fix("columns", "", "")
	case !on:
		line.State = Wrong
		finding := map[string]string{"imap": "imap-not-connected", "pop": "pop-auth-failed", "ews": "ews-disabled"}[protocol]
		line.fix("on", "Set-CASMailbox -Identity "+Quote(address)+" -"+property+" $true", finding, "Protocol", strings.ToUpper(protocol))
	}
}

// smtp judges SMTP AUTH of a mailbox; where the mailbox says nothing the tenant decides.
func (c *comparison) smtp(address string, r record) {
	value := r.get("SmtpClientAuthenticationDisabled")
	off, known := truth(value)
	line := c.add(Right, what("on", "Protocol", "SMTP AUTH", "Mailbox", address), "False", value)
	command := "Set-CASMailbox -Identity " + Quote(address) + " -SmtpClientAuthenticationDisabled $false"
	tenantOff, tenantKnown := c.tenantSMTP()
	switch {
	case known && off:
		line.State = Wrong
		line.fix("smtp", command, "smtp-auth-disabled-mailbox")
	case known:
	case !r.has("SmtpClientAuthenticationDisabled") || value.cut || value.value != "":
		line.State = Undecidable
		line.fix("columns", "", "")
	case !tenantKnown:
		line.State = Undecidable
		line.fix("smtp-follows", command, "")
	case tenantOff:
		line.State = Wrong
		line.fix("smtp", command, "smtp-auth-disabled-tenant")
	}
}

// tenantSMTP is the tenant's switch, where Get-TransportConfig was pasted too.
func (c *comparison) tenantSMTP() (off, known bool) {
	for _, r := range c.by[GetTransportConfig] {
		if value, ok := truth(r.get("SmtpClientAuthenticationDisabled")); ok {
			off, known = value, true
		}
	}
	return off, known
}

// transport compares Get-TransportConfig. Off for the tenant and on for the one
// mailbox is what Microsoft advises, so off is not wrong by itself.
func (c *comparison) transport() {
	if !c.setup.SMTP() {
		return
	}
	off, known := c.tenantSMTP()
	line := c.add(Right, what("smtp-tenant"), "False", c.by[GetTransportConfig][0].get("SmtpClientAuthenticationDisabled"))
	switch {
	case !known:
		line.State = Undecidable
		line.fix("columns", "", "")
	case off && !slices.ContainsFunc(c.by[GetCASMailbox], func(r record) bool { return r.has("SmtpClientAuthenticationDisabled") }):
		line.State = Undecidable
		line.fix("smtp-tenant", each(c.setup.Reach, "Get-CASMailbox -Identity $mailbox | Format-List PrimarySmtpAddress, SmtpClientAuthenticationDisabled"), "")
	case off:
		line.Needed = "" // the lines of the mailboxes say it
	}
}

// organization compares Get-OrganizationConfig.
func (c *comparison) organization() {
	if !c.setup.uses("ews") {
		return
	}
	r := c.by[GetOrganizationConf][0]
	value := r.get("EwsEnabled")
	on, known := truth(value)
	line := c.add(Right, what("ews-tenant"), "True", value)
	command := c.setup.render(ScriptEWSTenant + "-do")
	switch {
	case known && !on:
		line.State = Wrong
		line.fix("ews-tenant", command, "ews-disabled")
	case !known && r.has("EwsEnabled") && value.value == "":
		line.State = Undecidable
		line.fix("ews-tenant-empty", command, "")
	case !known:
		line.State = Undecidable
		line.fix("columns", "", "")
	}
	c.allowed(r, command)
	if agents := r.get("EwsApplicationAccessPolicy"); agents.value != "" {
		c.add(Undecidable, what("ews-agents"), "", agents).fix("ews-agents", "", "user-agent-blocked")
	}
}

var ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// allowed judges the list of applications. Without its switch the command shows
// the list empty, whatever is on it (Set-OrganizationConfig: -EwsAllowedAppIDs).
func (c *comparison) allowed(r record, command string) {
	list := r.get("EwsAllowedAppIDs")
	line := c.add(Right, what("ews-list"), c.setup.ClientID, list)
	listed := slices.Contains(ids.FindAllString(plain(list.value), -1), plain(c.setup.ClientID))
	asked := strings.Contains(strings.ToLower(r.echo.line), "-retrieveewsoperationaccesspolicy")
	switch {
	case listed:
	case list.cut:
		line.State = Undecidable
		line.fix("columns", "", "")
	case list.value == "" && !asked:
		line.State = Undecidable
		line.fix("ews-list-hidden", c.setup.render(ScriptEWSTenant+"-verify"), "")
	default:
		line.State = Wrong
		line.fix("ews-list", command, "ews-disabled")
	}
}
