package practice

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// appAccess is what Exchange knows of AppClientID: the Object ID it was
// registered with, and the mailboxes it may open.
//
// Two fences stand side by side, as at Microsoft. The group decides for Graph,
// EWS and SMTP through RBAC for Applications; the permissions on mailboxes for
// IMAP, POP and SMTP otherwise.
type appAccess struct {
	mu         sync.Mutex
	principal  string
	rbac       bool // SMTP
	rbacWeb    bool // Graph and EWS
	group, own fenced
}

// fenced is a set of mailboxes that may change after a delay.
type fenced struct {
	now, next members
	at        time.Time // when next holds; zero: there is none
}

// members are addresses in lower case; nil: every mailbox.
type members []string

func (m members) has(address string) bool {
	return m == nil || slices.Contains(m, strings.ToLower(strings.TrimSpace(address)))
}

func (f *fenced) set(m members, now time.Time, delay time.Duration) {
	f.settle(now)
	if delay <= 0 {
		*f = fenced{now: m}
		return
	}
	f.next, f.at = m, now.Add(delay)
}

// settle lets a change take effect whose time has come.
func (f *fenced) settle(now time.Time) {
	if !f.at.IsZero() && !now.Before(f.at) {
		*f = fenced{now: f.next}
	}
}

func (f *fenced) has(address string, now time.Time) bool {
	f.settle(now)
	return f.now.has(address)
}

// newAppAccess lets the application into all mailboxes but the delegate's.
func newAppAccess(principal string, boxes map[string]*mailbox) *appAccess {
	inside := members{}
	for address := range boxes {
		if address != delegateAddress {
			inside = append(inside, address)
		}
	}
	return &appAccess{principal: principal, group: fenced{now: inside}, own: fenced{now: inside}}
}

func lowered(addresses []string) members {
	m := members{}
	for _, a := range addresses {
		m = append(m, strings.ToLower(strings.TrimSpace(a)))
	}
	return m
}

// SetFence makes addresses the members of the group that bounds AppClientID on
// Graph, EWS and SMTP through RBAC for Applications; none shuts it out of every
// mailbox. It takes effect after delay, as such changes do at Microsoft. At the
// start all mailboxes are members but the delegate's.
func (t *Tenant) SetFence(delay time.Duration, addresses ...string) {
	t.access.mu.Lock()
	defer t.access.mu.Unlock()
	t.access.group.set(lowered(addresses), t.opts.Now(), delay)
}

// RemoveFence lets AppClientID into every mailbox on Graph, EWS and SMTP through
// RBAC for Applications, after delay.
func (t *Tenant) RemoveFence(delay time.Duration) {
	t.access.mu.Lock()
	defer t.access.mu.Unlock()
	t.access.group.set(nil, t.opts.Now(), delay)
}

// SetMailboxPermissions gives AppClientID full access to addresses and lets it
// send as them, over IMAP, POP and SMTP, and to no others. It takes effect after
// delay. At the start it has all mailboxes but the delegate's.
func (t *Tenant) SetMailboxPermissions(delay time.Duration, addresses ...string) {
	t.access.mu.Lock()
	defer t.access.mu.Unlock()
	t.access.own.set(lowered(addresses), t.opts.Now(), delay)
}

// RegisterServicePrincipal makes objectID the one that Exchange knows AppClientID
// by, as New-ServicePrincipal does. Any but Values.ServicePrincipalID is accepted,
// and then no sign-in works. Empty: Exchange does not know the application.
func (t *Tenant) RegisterServicePrincipal(objectID string) {
	t.access.mu.Lock()
	defer t.access.mu.Unlock()
	t.access.principal = objectID
}

// SetSMTPRBAC assigns the role Application SMTP.SendAsApp to AppClientID, so that
// SMTP takes a token without roles for the members of the group.
func (t *Tenant) SetSMTPRBAC(on bool) {
	t.access.mu.Lock()
	defer t.access.mu.Unlock()
	t.access.rbac = on
}

// SetWebRBAC assigns the roles Application Mail.Send, Application Mail.ReadWrite
// and Application EWS.AccessAsApp to AppClientID, so that Graph and EWS take a
// token without roles for the members of the group (Exchange Online: Role Based
// Access Control for Applications).
func (t *Tenant) SetWebRBAC(on bool) {
	t.access.mu.Lock()
	defer t.access.mu.Unlock()
	t.access.rbacWeb = on
}

// webRole reports whether an application may do at Graph or EWS what any one of
// these roles allows: by its token, or by RBAC for Applications, for which
// Exchange has to know it by its Object ID.
func (t *Tenant) webRole(claims accessClaims, roles ...string) bool {
	switch a := t.findApp(claims.AppID); {
	case !claims.isApp():
		return false
	case claims.carries(roles...):
		return true
	case a == nil || !t.registeredRight(a):
		return false
	}
	t.access.mu.Lock()
	defer t.access.mu.Unlock()
	return t.access.rbacWeb
}

// registeredRight reports whether Exchange knows the application by the right Object ID.
func (t *Tenant) registeredRight(a *app) bool {
	t.access.mu.Lock()
	defer t.access.mu.Unlock()
	return a.id == aloneApp && strings.EqualFold(t.access.principal, a.principalID) && !t.broken(FaultAppObjectID)
}

// inGroup reports whether the fence lets the application into the mailbox.
func (t *Tenant) inGroup(address string) bool {
	t.access.mu.Lock()
	defer t.access.mu.Unlock()
	return t.byFault(t.access.group.has(address, t.opts.Now()))
}

// permitted reports whether the application has the permission on the mailbox.
func (t *Tenant) permitted(address string) bool {
	t.access.mu.Lock()
	defer t.access.mu.Unlock()
	return t.byFault(t.access.own.has(address, t.opts.Now()))
}

func (t *Tenant) byFault(inside bool) bool {
	return (inside || t.broken(FaultAppFenceOpen)) && !t.broken(FaultAppOutside)
}

// hasMailbox reports whether there is a mailbox for the application.
func (t *Tenant) hasMailbox(address string) bool {
	return t.mail.find(address) != nil && !t.broken(FaultNoMailbox)
}

var errPrincipal = errors.New("the application is not registered with its Object ID")

// loginApp is login for an application; refused is what checkMail says of its
// token. Without a role SMTP may go through RBAC for Applications, which only
// looks at the group (Microsoft Learn: Onboard SMTP applications with RBAC for
// Applications).
func (t *Tenant) loginApp(name string, claims accessClaims, scope string, refused error) (*user, error) {
	t.access.mu.Lock()
	rbac := t.access.rbac
	t.access.mu.Unlock()
	byGroup := scope == "SMTP.Send" && errors.Is(refused, errTokenScope) && rbac
	a := t.findApp(claims.AppID)
	switch {
	case refused != nil && !byGroup:
		return nil, refused
	case a == nil:
		return nil, errTokenInvalid
	case !t.registeredRight(a):
		return nil, errPrincipal
	case !t.hasMailbox(name):
		return nil, fmt.Errorf("no mailbox %q", name)
	}
	u := &user{UPN: name, Name: a.name, ObjectID: a.principalID, app: a}
	if byGroup && !t.inGroup(name) || !byGroup && !t.permitted(name) {
		return u, errRights
	}
	return u, nil
}
