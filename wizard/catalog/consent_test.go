package catalog

import (
	"slices"
	"testing"
)

func TestConsentScopes(t *testing.T) {
	cat := load(t)
	cloud, _ := cat.Cloud("gcc-high")
	openID := []string{"openid", "profile", "email", "offline_access"}
	everything := []string{"https://graph.microsoft.us/.default"}
	for _, c := range []struct {
		product   string
		shared    bool
		protocols []string
		want      []string
		listed    int // permissions that the consent covers
		graph     []string
	}{
		{"xcally", false, []string{"imap"}, append(slices.Clone(openID), "https://outlook.office365.us/IMAP.AccessAsUser.All"), 5, nil},
		{"xcally", false, []string{"smtp"}, append(slices.Clone(openID), "https://outlook.office365.us/SMTP.Send"), 5, nil},
		{"xcally", true, []string{"imap", "smtp"}, everything, 20, []string{
			"https://graph.microsoft.us/User.Read", "https://graph.microsoft.us/Mail.Send.Shared",
			"https://graph.microsoft.us/Mail.ReadWrite.Shared", "https://graph.microsoft.us/Mail.Read.Shared",
			"https://graph.microsoft.us/Contacts.ReadWrite.Shared", "https://graph.microsoft.us/Contacts.Read.Shared",
		}},
		{"other", true, []string{"imap", "smtp"}, everything, 10, []string{
			"https://graph.microsoft.us/Mail.Read.Shared", "https://graph.microsoft.us/Mail.ReadWrite.Shared",
			"https://graph.microsoft.us/Mail.Send.Shared",
		}},
	} {
		list := cat.Permissions(c.product, c.shared)
		if got := cat.ConsentScopes(cloud, list, c.protocols); !slices.Equal(got, c.want) {
			t.Errorf("%s, shared %v: %v, want %v", c.product, c.shared, got, c.want)
		}
		if got := cat.ConsentList(list, c.protocols); len(got) != c.listed {
			t.Errorf("%s, shared %v: covers %d, want %d", c.product, c.shared, len(got), c.listed)
		}
		if got := cat.GraphScopes(cloud, list); !slices.Equal(got, c.graph) {
			t.Errorf("%s, shared %v: of Graph %v, want %v", c.product, c.shared, got, c.graph)
		}
	}
	if CannotTell.String() != "cannot-tell" {
		t.Errorf("the state is %q", CannotTell)
	}
}
