package exchange

import (
	"slices"
	"strings"

	"postkey/assets"
)

// comparison gathers the lines of a reading.
type comparison struct {
	setup   Setup
	by      map[string][]record
	command string
	lines   []Line
}

func (c *comparison) compare() {
	switch c.command {
	case TestPolicy:
		c.policy()
	case TestAuthorization:
		c.authorization()
	case GetServicePrincipal:
		c.principal()
	case GetCASMailbox:
		c.mailboxes()
	case GetTransportConfig:
		c.transport()
	case GetOrganizationConf:
		c.organization()
	}
}

// add adds a line; present is shown shortened, with a mark where it was cut.
func (c *comparison) add(state State, what assets.Message, needed string, present field) *Line {
	shown := brief(present.value)
	if present.cut {
		shown += "…"
	}
	c.lines = append(c.lines, Line{Command: c.command, What: what, Needed: needed, Present: shown, State: state})
	return &c.lines[len(c.lines)-1]
}

// fix says what to do about the line.
func (l *Line) fix(key, command, finding string, pairs ...any) {
	l.Fix, l.FixCommand = assets.Msg("exchange.fix-"+key, pairs...), command
	if l.State == Wrong {
		l.Finding = finding
	}
}

func what(key string, pairs ...any) assets.Message { return assets.Msg("exchange.line-"+key, pairs...) }

// plain is a value without the spaces that a wrapped line may have brought.
func plain(value string) string { return strings.ToLower(strings.Join(strings.Fields(value), "")) }

// same compares a value with what it should be; where the console cut it, as far as it goes.
func same(present field, want string) State {
	have, want := plain(present.value), plain(want)
	switch {
	case have == want && !present.cut:
		return Right
	case present.cut && (strings.HasPrefix(want, have) || strings.HasSuffix(want, have)):
		return Undecidable
	case have == "" || want == "":
		return Undecidable
	}
	return Wrong
}

// truth reads True and False, also in words of other languages.
func truth(f field) (value, known bool) {
	word := plain(f.value)
	switch {
	case f.cut || word == "":
		return false, false
	case slices.Contains(data().True, word):
		return true, true
	case slices.Contains(data().False, word):
		return false, true
	}
	return false, false
}

// mailbox finds the mailbox of the set-up that an output is about, by its
// address, or by the part before the @ where that is clear. An empty address:
// it is none of them.
func (s Setup) mailbox(names ...field) (address string, reach bool) {
	for _, name := range names {
		have := plain(name.value)
		if have == "" || name.cut {
			continue
		}
		var found []string
		for _, a := range s.All() {
			local, _, _ := strings.Cut(plain(a), "@")
			switch have {
			case plain(a):
				return a, slices.Contains(s.Reach, a)
			case local:
				found = append(found, a)
			}
		}
		if len(found) == 1 {
			return found[0], slices.Contains(s.Reach, found[0])
		}
	}
	return "", false
}

// policy compares Test-ApplicationAccessPolicy.
func (c *comparison) policy() {
	seen := make(map[string]bool)
	for _, r := range c.by[TestPolicy] {
		app, result := r.get("AppId"), r.get("AccessCheckResult")
		if state := same(app, c.setup.ClientID); state == Wrong {
			c.add(Wrong, what("policy-app"), c.setup.ClientID, app).fix("policy-app", "", "")
			continue
		}
		names := []field{r.get("Identity"), {value: r.echo.about}, r.get("Mailbox"), r.get("MailboxId")}
		address, reach := c.setup.mailbox(names...)
		if address == "" {
			c.add(Undecidable, what("mailbox-unknown", "Mailbox", nameOf(names)), "", result).fix("mailbox-unknown", "", "")
			continue
		}
		seen[address] = true
		c.access(address, reach, result)
	}
	c.absent(seen)
}

// nameOf is the first name that there is.
func nameOf(names []field) string {
	for _, n := range names {
		if n.value != "" {
			return brief(n.value)
		}
	}
	return "?"
}

// access judges Granted or Denied for a mailbox.
func (c *comparison) access(address string, reach bool, result field) {
	needed, key := "Denied", "refuse"
	if reach {
		needed, key = "Granted", "reach"
	}
	line := c.add(Undecidable, what(key, "Mailbox", address), needed, result)
	group := "(" + "Get-DistributionGroup -Filter " + Quote(c.setup.GroupFilter()) + ").DistinguishedName"
	switch plain(result.value) {
	case strings.ToLower(needed):
		line.State = Right
	case "granted":
		line.State = Wrong
		line.fix("refuse", "Remove-DistributionGroupMember -Identity "+group+" -Member "+Quote(address)+" -Confirm:$false", "access-policy-open", "Mailbox", address)
	case "denied":
		line.State = Wrong
		line.fix("reach", "Add-DistributionGroupMember -Identity "+group+" -Member "+Quote(address), "access-policy-blocked", "Mailbox", address)
	default:
		line.fix("value-unknown", "", "")
	}
}

// absent counts the mailboxes of the set-up that the output says nothing of.
func (c *comparison) absent(seen map[string]bool) {
	missing := 0
	for _, a := range c.setup.All() {
		if !seen[a] {
			missing++
		}
	}
	if missing > 0 {
		c.add(Undecidable, what("absent", "Count", missing), "", field{}).fix("absent", "", "")
	}
}

// authorization compares Test-ServicePrincipalAuthorization.
func (c *comparison) authorization() {
	records := c.by[TestAuthorization]
	seen := make(map[string]bool)
	for _, role := range c.setup.Roles() {
		var of []record
		for _, r := range records {
			if c.grants(r, role.Role) {
				of = append(of, r)
			}
		}
		if len(of) == 0 {
			c.add(Wrong, what("role", "Role", role.Role), role.Role, field{}).
				fix("role", c.setup.assign(role), findingOf(role), "Role", role.Role)
			continue
		}
		c.scoped(role, of)
		for _, r := range c.eachMailbox(of) {
			if address := c.inScope(role, r); address != "" {
				seen[address] = true
			}
		}
	}
	if len(c.setup.Roles()) > 0 {
		c.absent(seen)
	}
}

// eachMailbox leaves one record for each mailbox: a role may be assigned several
// times, and what the assignments allow adds up (Role Based Access Control for
// Applications in Exchange Online). Those of no known mailbox stay.
func (c *comparison) eachMailbox(of []record) []record {
	weight := func(r record) int {
		switch inside, known := truth(r.get("InScope")); {
		case inside:
			return 2
		case !known:
			return 1
		}
		return 0
	}
	var out []record
	at := make(map[string]int)
	for _, r := range of {
		address, _ := c.resource(r)
		i, seen := at[address]
		switch {
		case address == "" || !seen:
			at[address] = len(out)
			out = append(out, r)
		case weight(r) > weight(out[i]):
			out[i] = r
		}
	}
	return out
}

// widest is the record of an assignment that holds for every mailbox, or the first.
func widest(of []record) record {
	if i := slices.IndexFunc(of, unscoped); i >= 0 {
		return of[i]
	}
	return of[0]
}

// unscoped reports whether an assignment holds for every mailbox.
func unscoped(r record) bool {
	name := plain(r.get("ScopeType", "AllowedResourceScope").value)
	return strings.HasPrefix(name, "organization") || name == "none" || name == "notapplicable"
}

// findingOf is what a missing role leads to.
func findingOf(role Assignment) string {
	switch {
	case strings.Contains(role.Role, "SMTP"):
		return "smtp-auth-failed"
	case strings.Contains(role.Role, "EWS"):
		return "ews-access-denied"
	}
	return "graph-access-denied"
}

// grants reports whether a record is of the role, or of one that holds it.
func (c *comparison) grants(r record, role string) bool {
	name := r.get("RoleName")
	for _, wide := range append([]string{role}, data().Covers[role]...) {
		if same(name, wide) == Right || name.cut && strings.HasPrefix(plain(wide), plain(name.value)) {
			return true
		}
	}
	return false
}

// assign is the command that gives the role.
func (s Setup) assign(role Assignment) string {
	if s.missing(ValueObjectID) || s.missing(ValueScope) {
		return ""
	}
	return "New-ManagementRoleAssignment -Name " + Quote(role.Name) + " -Role " + Quote(role.Role) +
		" -App " + Quote(s.ObjectID) + " -CustomResourceScope " + Quote(s.Scope)
}

// scoped judges whether a role holds for a scope and not for every mailbox, in
// all its assignments.
func (c *comparison) scoped(role Assignment, of []record) {
	r := widest(of)
	kind := r.get("ScopeType", "AllowedResourceScope")
	line := c.add(Right, what("role-scope", "Role", role.Role), "CustomRecipientScope", kind)
	switch {
	case plain(kind.value) == "":
		line.State = Undecidable
		line.fix("columns", "", "")
	case unscoped(r):
		command := "Remove-ManagementRoleAssignment -Identity " + Quote(role.Name) + " -Confirm:$false\n" + c.setup.assign(role)
		if slices.ContainsFunc(of, func(r record) bool { return !unscoped(r) }) {
			// The one with the scope is there; the output does not name the other.
			command = "Get-ManagementRoleAssignment -Role " + Quote(role.Role) + " | Format-List Name, RoleAssigneeName, *Scope"
		}
		line.State = Wrong
		line.fix("role-scope", command, "access-policy-open", "Role", role.Role)
	}
}

// resource is the mailbox that a record is about; see Setup.mailbox.
func (c *comparison) resource(r record) (address string, reach bool) {
	names := []field{r.get("Resource"), {value: r.echo.about}}
	if plain(r.echo.about) == plain(c.setup.ObjectID) || plain(r.echo.about) == plain(c.setup.ClientID) {
		names = names[:1] // the -Identity of the command line
	}
	return c.setup.mailbox(names...)
}

// inScope judges whether a role reaches a mailbox, and returns the mailbox.
func (c *comparison) inScope(role Assignment, r record) string {
	in := r.get("InScope")
	address, reach := c.resource(r)
	inside, known := truth(in)
	if address == "" {
		c.add(Undecidable, what("role-somewhere", "Role", role.Role), "", in).fix("role-resource", "", "")
		return ""
	}
	key, needed := "role-refuse", "False"
	if reach {
		key, needed = "role-reach", "True"
	}
	line := c.add(Right, what(key, "Role", role.Role, "Mailbox", address), needed, in)
	group := "(Get-DistributionGroup -Filter " + Quote(c.setup.GroupFilter()) + ").DistinguishedName"
	switch {
	case !known:
		line.State = Undecidable
		line.fix("role-resource", "", "")
	case inside && !reach:
		line.State = Wrong
		line.fix("refuse", "Remove-DistributionGroupMember -Identity "+group+" -Member "+Quote(address)+" -Confirm:$false", "access-policy-open", "Mailbox", address)
	case !inside && reach:
		line.State = Wrong
		line.fix("reach", "Add-DistributionGroupMember -Identity "+group+" -Member "+Quote(address), findingOf(role), "Mailbox", address)
	}
	return address
}
