package wizard

import (
	"time"

	"postkey/assets"
	"postkey/store"
	"postkey/wizard/catalog"
)

// Field names one value of a draft, by its path in the values file where it has one.
type Field string

// The fields of a draft.
const (
	FieldName            Field = "name"
	FieldProduct         Field = "product"
	FieldCloud           Field = "cloud"
	FieldAuthority       Field = "authority" // this and the next six belong to the cloud custom
	FieldIMAP            Field = "imap"
	FieldPOP             Field = "pop"
	FieldSMTP            Field = "smtp"
	FieldEWS             Field = "ews"
	FieldGraph           Field = "graph"
	FieldMailResource    Field = "mail_resource"
	FieldAudience        Field = "audience"
	FieldTenantID        Field = "tenant_id"
	FieldClientID        Field = "client_id"
	FieldPlatform        Field = "platform"
	FieldRedirectHost    Field = "redirect_host"
	FieldRedirectURI     Field = "redirect_uri"
	FieldSecret          Field = "secret" // whether there is one; CheckSecret looks at the value
	FieldSecretExpires   Field = "secret_expires"
	FieldAccount         Field = "account" // whether the sign-in belongs to the values
	FieldMailboxName     Field = "mailbox.name"
	FieldMailboxKey      Field = "mailbox.key"
	FieldMailboxAddress  Field = "mailbox.address"
	FieldMailboxDelegate Field = "mailbox.delegate"
	FieldMailboxList     Field = "mailbox.list"
	FieldProtocols       Field = "protocols"
	FieldMode            Field = "mode"
	// The next three belong to app-only. In the two lists the addresses stand as pasted.
	FieldServicePrincipal Field = "service_principal_id"
	FieldReach            Field = "reach"
	FieldRefuse           Field = "refuse"
	FieldMailDomain       Field = "mail_domain" // to find the tenant; part of no step
)

// Problem is what is wrong with a value and what right looks like.
type Problem struct {
	Message assets.Message
	// Warning says that the value can stay: Continue goes on.
	Warning bool
}

// Context is what a draft is checked against.
type Context struct {
	Now time.Time
	// Catalog is Microsoft's facts; nil for the embedded ones.
	Catalog *catalog.Catalog
	// Others are the saved connections; one with the draft's own ID is left out.
	Others []store.Connection
	// Practice says that this is the practice tenant, whose addresses need no real domain.
	Practice bool
}

// fieldsOf lists the fields of each step in the order of the page. The mailbox
// step shows the warnings of client_id once more: there it is decided whether a
// registration is shared by two mailboxes.
var fieldsOf = map[StepID][]Field{
	StepApplication: {
		FieldProduct, FieldMode, FieldCloud, FieldAuthority, FieldIMAP, FieldPOP, FieldSMTP, FieldEWS, FieldGraph, FieldMailResource,
		FieldProtocols, FieldName,
	},
	StepRegistration: {FieldAudience, FieldClientID, FieldTenantID},
	StepRedirect:     {FieldPlatform, FieldRedirectHost, FieldRedirectURI},
	StepSecret:       {FieldSecret, FieldSecretExpires},
	StepSignIn:       {FieldServicePrincipal, FieldAccount},
	StepMailbox: {
		FieldMailboxName, FieldMailboxKey, FieldMailboxAddress, FieldMailboxDelegate, FieldMailboxList, FieldClientID,
		FieldReach, FieldRefuse,
	},
}

// CheckField returns what is wrong with one value; nil when it is right or when
// the draft's choices leave it without meaning. White space and quotes around
// the value are no fault (see Clean).
func (d *Draft) CheckField(f Field, ctx Context) *Problem {
	ctx.Catalog = orEmbedded(ctx.Catalog)
	limits := ctx.Catalog.Limits()
	switch f {
	case FieldName:
		return d.checkName(ctx)
	case FieldAudience:
		return d.checkAudience(ctx.Catalog)
	case FieldProduct, FieldMode, FieldCloud, FieldPlatform, FieldProtocols:
		return d.checkChoice(f, ctx.Catalog)
	case FieldServicePrincipal:
		return d.checkServicePrincipal(limits)
	case FieldReach:
		return d.checkReach(ctx)
	case FieldRefuse:
		return d.checkRefuse(ctx)
	case FieldAuthority, FieldIMAP, FieldPOP, FieldSMTP, FieldEWS, FieldGraph, FieldMailResource:
		return d.checkEndpoint(f, limits)
	case FieldClientID:
		return d.checkClientID(ctx)
	case FieldTenantID:
		return d.checkTenantID(limits)
	case FieldMailDomain:
		return checkMailDomain(CleanField(f, d.MailDomain), limits)
	case FieldRedirectHost:
		return d.checkRedirectHost(ctx.Catalog)
	case FieldRedirectURI:
		return d.checkOwnRedirectURI(ctx.Catalog)
	case FieldSecret:
		return d.checkHasSecret()
	case FieldSecretExpires:
		return d.checkSecretExpires(ctx.Now, limits)
	case FieldAccount:
		return d.checkAccount()
	case FieldMailboxName:
		return checkText(CleanField(f, d.Mailbox.Name), limits.Text)
	case FieldMailboxList:
		return checkText(CleanField(f, d.Mailbox.List), limits.Text)
	case FieldMailboxKey:
		return d.checkKey(ctx.Catalog)
	case FieldMailboxAddress:
		return d.checkMailboxAddress(ctx)
	case FieldMailboxDelegate:
		return d.checkDelegate(ctx)
	}
	return nil
}

// CheckStep returns the problems of all fields of a step; the step is done when
// none is left that is not a warning. A skipped step has none.
func (d *Draft) CheckStep(s StepID, ctx Context) map[Field]Problem {
	problems := make(map[Field]Problem)
	if d.skips(s) {
		return problems
	}
	for _, f := range fieldsOf[s] {
		p := d.CheckField(f, ctx)
		if p == nil || s == StepMailbox && f == FieldClientID && !p.Warning {
			continue
		}
		problems[f] = *p
	}
	return problems
}

// FieldProblem is a Problem with its place.
type FieldProblem struct {
	Step  StepID
	Field Field
	Problem
}

// Check returns the problems of all steps in the order of the pages, for who
// has no pages. Whether there is a secret and a sign-in is left out: both are
// asked for in their turn.
func (d *Draft) Check(ctx Context) []FieldProblem {
	var out []FieldProblem
	for _, s := range order {
		problems := d.CheckStep(s, ctx)
		for _, f := range fieldsOf[s] {
			p, wrong := problems[f]
			if !wrong || f == FieldSecret || f == FieldAccount || s == StepMailbox && f == FieldClientID {
				continue
			}
			out = append(out, FieldProblem{s, f, p})
		}
	}
	return out
}

// Done reports whether a step has no problem but warnings.
func (d *Draft) Done(s StepID, ctx Context) bool {
	for _, p := range d.CheckStep(s, ctx) {
		if !p.Warning {
			return false
		}
	}
	return true
}

func problem(key string, pairs ...any) *Problem {
	return &Problem{Message: assets.Msg("wizard."+key, pairs...)}
}

func warning(key string, pairs ...any) *Problem {
	p := problem(key, pairs...)
	p.Warning = true
	return p
}
