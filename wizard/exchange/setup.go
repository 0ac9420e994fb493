// Package exchange writes the commands of Exchange Online that let an
// application which signs in itself reach its mailboxes and no other, and reads
// back what such commands print. Start with SetupOf, Scripts and Read.
//
// The commands are templates in assets/scripts/exchange; every value goes through
// Quote on its way into one. Nothing here runs a command or talks to a server,
// and no secret is ever among the values.
package exchange

import (
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strings"

	"postkey/store"
	"postkey/wizard/catalog"
	"postkey/wizard/scripts"
)

// Setup is what has to be true in Exchange Online for one connection.
type Setup struct {
	// Protocols are the connection's: imap, pop, smtp, graph, ews.
	Protocols []string
	// SMTPRBAC says that SMTP goes through RBAC for Applications.
	SMTPRBAC bool
	// Environment is Connect-ExchangeOnline's -ExchangeEnvironmentName; empty
	// for the worldwide cloud.
	Environment string
	// GraphEnvironment is Connect-MgGraph's -Environment; empty for the worldwide
	// cloud, and where that has no name for the cloud.
	GraphEnvironment string
	// TenantID is the tenant to be connected to, ClientID the application's ID,
	// ObjectID that of its Enterprise application.
	TenantID, ClientID, ObjectID string
	// Name is the display name that Exchange Online shows for the application.
	Name string
	// Reach are the mailboxes that must be reachable, Refuse those that must not
	// be; no address is there twice, and none in both.
	Reach, Refuse []string
	// Group is the name or the address of the mail-enabled security group of the
	// mailboxes; where there is none yet, a group of that name is made.
	Group string
	// Scope is the name of the management scope.
	Scope string
}

// nameLimit is the longest name of a group, a scope or a role assignment
// (New-DistributionGroup: -Name, at most 64 characters).
const nameLimit = 64

// SetupOf is the set-up of a connection, with names that can be changed
// afterwards. The mailbox of the test must be reachable as well as those in
// Reach; an address in both lists counts as one that must be reachable. The
// error is that of an unknown cloud.
func SetupOf(cat *catalog.Catalog, c store.Connection) (Setup, error) {
	cloud, err := cat.CloudOf(c)
	if err != nil {
		return Setup{}, err
	}
	s := Setup{
		Protocols: slices.Clone(c.Protocols), SMTPRBAC: c.SMTPRBAC, Environment: cloud.ExchangeEnvironment,
		TenantID: c.TenantID, ClientID: c.ClientID, ObjectID: c.ServicePrincipalID, Name: c.Name,
		Group: cut("Postkey "+c.Name, nameLimit), Scope: cut("Postkey "+c.Name, nameLimit),
	}
	if s.Environment != "" {
		s.GraphEnvironment = scripts.GraphPowerShell.CloudName(c.Cloud)
	}
	s.Reach = addresses(append([]string{c.Mailbox.Address}, c.Reach...), nil)
	s.Refuse = addresses(c.Refuse, s.Reach)
	return s, nil
}

// addresses cleans a list: no spaces around, nothing empty, nothing twice and
// nothing that is in not.
func addresses(list, not []string) []string {
	var out []string
	seen := make(map[string]bool)
	for _, a := range not {
		seen[strings.ToLower(a)] = true
	}
	for _, a := range list {
		a = strings.TrimSpace(a)
		if key := strings.ToLower(a); a != "" && !seen[key] {
			seen[key] = true
			out = append(out, a)
		}
	}
	return out
}

// cut shortens a text to a number of characters.
func cut(text string, most int) string {
	runes := []rune(strings.TrimSpace(text))
	if len(runes) > most {
		runes = runes[:most]
	}
	return strings.TrimSpace(string(runes))
}

// uses reports whether one of the protocols is used.
func (s Setup) uses(protocols ...string) bool {
	return slices.ContainsFunc(protocols, func(p string) bool { return slices.Contains(s.Protocols, p) })
}

// SMTP reports whether SMTP is used.
func (s Setup) SMTP() bool { return s.uses("smtp") }

// All are the mailboxes that must be reachable, then those that must not be.
func (s Setup) All() []string { return slices.Concat(s.Reach, s.Refuse) }

// tag tells what is made for this set-up from the things of others, those of
// another connection of the same application among them: the beginning of its
// client ID, and a number that goes with the names of its group and its scope.
func (s Setup) tag() string {
	var b strings.Builder
	for _, r := range strings.ToLower(s.ClientID) {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			b.WriteRune(r)
		}
		if b.Len() == 8 {
			break
		}
	}
	names := fnv.New32a()
	_, _ = io.WriteString(names, strings.ToLower(s.Group+"\n"+s.Scope)) // a hash takes everything
	return fmt.Sprintf("%s-%04x", b.String(), names.Sum32()&0xffff)
}

// Mark is the note by which the commands find again what they made.
func (s Setup) Mark() string { return data().Mark + " " + s.ClientID + " (" + s.tag() + ")" }

// GroupAlias is the alias of a group that is made: letters, digits and hyphens of ASCII.
func (s Setup) GroupAlias() string { return strings.ToLower(data().Mark) + "-" + s.tag() }

// GroupName is the name of a group that is made.
func (s Setup) GroupName() string {
	if local, ok := s.groupAddress(); ok {
		return cut(local, nameLimit)
	}
	return cut(s.Group, nameLimit)
}

// groupAddress reports whether the group is named by its address, and the part
// before the @.
func (s Setup) groupAddress() (local string, ok bool) {
	local, domain, ok := strings.Cut(s.Group, "@")
	return local, ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(s.Group, " \t")
}

// GroupFilter is the filter that finds the group.
func (s Setup) GroupFilter() string {
	if _, ok := s.groupAddress(); ok {
		return "PrimarySmtpAddress -eq " + OPATH(s.Group)
	}
	name := OPATH(s.GroupName())
	return "Name -eq " + name + " -or DisplayName -eq " + name
}

// SwitchesOn are the parameters of Set-CASMailbox that switch the protocols on,
// SwitchesOff those that switch off what is on by default.
func (s Setup) SwitchesOn() string {
	on := s.switches("$true")
	if s.SMTP() {
		on += " -SmtpClientAuthenticationDisabled $false"
	}
	return on
}

// SwitchesOff is described at SwitchesOn.
func (s Setup) SwitchesOff() string { return s.switches("$false") }

func (s Setup) switches(to string) string {
	var b strings.Builder
	for _, p := range []struct{ protocol, parameter string }{
		{"imap", "ImapEnabled"}, {"pop", "PopEnabled"}, {"ews", "EwsEnabled"},
	} {
		if s.uses(p.protocol) {
			b.WriteString(" -" + p.parameter + " " + to)
		}
	}
	return b.String()
}

// Assignment is one role that the application is given.
type Assignment struct {
	// Role is Microsoft's name of the role, Name that of its assignment.
	Role, Name string
}

// Roles are the roles of RBAC for Applications that the protocols take.
func (s Setup) Roles() []Assignment {
	var out []Assignment
	for _, protocol := range []string{"smtp", "graph", "ews"} {
		if !s.uses(protocol) || protocol == "smtp" && !s.SMTPRBAC {
			continue
		}
		for _, role := range data().Roles[protocol] {
			short := strings.TrimPrefix(role, "Application ")
			out = append(out, Assignment{role, cut(data().Mark+" "+s.tag()+" "+short, nameLimit)})
		}
	}
	return out
}
