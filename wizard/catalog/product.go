package catalog

import (
	"postkey/assets"
	"postkey/store"
)

// Product is an application that Postkey sets up mail for.
type Product struct {
	// ID is xcally, imagicle or other.
	ID string
	// Name is the product's own; NameText is set where it is words of ours
	// ("Other application"), to be shown in the user's language.
	Name     string
	NameText assets.Message
	// Reason says in a sentence when to choose it.
	Reason assets.Message
	// SuggestedName is offered as the display name of the app registration.
	SuggestedName string
	// RedirectPath is the path of the product's redirect URI where it fixes
	// one; empty where the user gives the whole URI.
	RedirectPath string
	// NeedsSecret says that the product has no use for a registration without one.
	NeedsSecret bool
	// OneAppPerAccount says that each email account wants an app registration of its own.
	OneAppPerAccount bool
	// KeyLength is the length of the account's key in characters; 0 when the product has no key.
	KeyLength int
	// Sections are the screens of the product where the values are entered.
	Sections []Section
	// AppSections are those for an application that signs in itself.
	AppSections []Section
	// Rotate are the screens where a new client secret takes the old one's place.
	Rotate []Section

	own, shared []string // "delegated:openid", in the order of the product's guide
}

// RedirectURI is the product's own redirect URI for a connection; empty where it
// has none.
func (p Product) RedirectURI(c store.Connection) string {
	if p.RedirectPath != "" && c.RedirectHost != "" {
		return "https://" + c.RedirectHost + p.RedirectPath
	}
	return c.RedirectURI
}

// Section is one screen of a product. Texts in it may hold placeholders such as
// {client_id}, which package handover fills in.
type Section struct {
	Title  assets.Message
	Crumbs []string
	Fields []Field
	// Note is for an own mailbox, NoteShared for a shared one; either may be zero.
	Note, NoteShared assets.Message
}

// Field is one field of such a screen.
type Field struct {
	// Label is the word of the product itself; Text is set where it is ours.
	Label string
	Text  assets.Message
	// Value is what to enter, with placeholders.
	Value string
	// Secret says that the value is the client secret.
	Secret bool
	// Only is shared, own, imap, pop, smtp, mail (any of these three), graph or ews
	// where the field is there in that case alone; empty otherwise.
	Only string
}

// Limits are Microsoft's limits on what a user enters, and the lengths that
// Postkey allows where Microsoft names none.
type Limits struct {
	// SecretMin and SecretMax are characters of a client secret (Microsoft
	// Graph: application: addPassword); below SecretUsual it may be cut short.
	SecretMin   int `json:"secret_min"`
	SecretUsual int `json:"secret_usual"`
	SecretMax   int `json:"secret_max"`
	// SecretMonths is the longest lifetime that the portal offers, and from
	// SecretMonthsWarn on Microsoft advises against it (Microsoft Entra: Add
	// and manage app credentials).
	SecretMonths     int `json:"secret_months"`
	SecretMonthsWarn int `json:"secret_months_warn"`
	// RedirectURI is the longest redirect URI in characters, RedirectRefused
	// the characters that Entra refuses in one (Microsoft Entra: Redirect URI
	// restrictions and limitations).
	RedirectURI     int    `json:"redirect_uri"`
	RedirectRefused string `json:"redirect_refused"`
	// PostkeyRedirect is the redirect URI of Postkey's own sign-in.
	PostkeyRedirect string `json:"postkey_redirect"`
	// ExampleID is a GUID to show as what right looks like.
	ExampleID string `json:"example_id"`
	// Name, Address and Text are the longest connection name, mail address
	// (RFC 5321) and other text, in characters.
	Name    int `json:"name"`
	Address int `json:"address"`
	Text    int `json:"text"`
	// KnownIDs are ids of Microsoft itself that are pasted by mistake.
	KnownIDs []KnownID `json:"known_ids"`
}

// KnownID is an id that belongs to Microsoft, with the name that it goes by.
type KnownID struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Tenant says that it is a directory; otherwise it is an application.
	Tenant bool `json:"tenant"`
}
