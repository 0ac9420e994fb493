package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"regexp"
	"strings"

	"postkey/assets"
	"postkey/oauth"
)

// cloud is a cloud with the key of its name.
type cloud struct {
	oauth.Cloud
	Name string `json:"name"`
	// AppResource is Exchange Online's address in the scope of an application.
	AppResource string `json:"app_resource"`
	Source      string `json:"source"`

	now func() oauth.Cloud // nil: what stands here
}

// current is the cloud with the hosts of the moment.
func (c cloud) current() oauth.Cloud {
	if c.now != nil {
		return c.now()
	}
	return c.Cloud
}

type cloudsFile struct {
	Source string  `json:"source"`
	Clouds []cloud `json:"clouds"`
}

type permissionsFile struct {
	Source    string `json:"source"`
	Resources map[string]struct {
		AppID string `json:"app_id"`
		Name  string `json:"name"`
		// Portal is the place by type where it is another than the common one.
		Portal map[string][]string `json:"portal"`
		Source string              `json:"source"`
	} `json:"resources"`
	Portal      map[string][]string `json:"portal"` // by type
	Permissions []permissionEntry   `json:"permissions"`
	// Known are further permissions that a registration may hold, by name only.
	KnownSource string            `json:"known_source"`
	Known       []permissionEntry `json:"known"`
}

type permissionEntry struct {
	ID                string `json:"id"`
	Name              string `json:"name"`
	Type              string `json:"type"`
	Resource          string `json:"resource"`
	Description       string `json:"description"`
	Group             string `json:"group"`
	AdminByDefinition bool   `json:"admin_by_definition"`
	AdminInPractice   bool   `json:"admin_in_practice"`
	Needed            bool   `json:"needed"`
	Protocol          string `json:"protocol"`
	Unverified        bool   `json:"unverified"`
	Source            string `json:"source"`
}

type portalFile struct {
	Source    string            `json:"source"`
	Directory map[string]string `json:"directory"`
	// Words are what the portal calls its places in other languages, by language and English word.
	Words map[string]map[string]string `json:"words"`
	Pages map[string]struct {
		Crumbs []string `json:"crumbs"`
		URL    string   `json:"url"`
	} `json:"pages"`
}

type limitsFile struct {
	Limits
	Source map[string]string `json:"source"`
}

// parse reads and checks all files of the catalogue.
func parse(files fs.FS) (data, error) {
	var (
		d      data
		clouds cloudsFile
		perms  permissionsFile
		limits limitsFile
		roads  roadsFile
	)
	for _, step := range []struct {
		file  string
		into  any
		check func() error
	}{
		{"clouds.json", &clouds, func() error { d.clouds = clouds.Clouds; return checkClouds(d.clouds) }},
		{"permissions.json", &perms, func() error { return d.addPermissions(perms) }},
		{"products.json", new(productsFile), nil},
		{"roads.json", &roads, func() error { return d.addRoads(roads) }},
		{"portal.json", &d.portal, func() error { return checkPortal(d.portal) }},
		{"limits.json", &limits, func() error { d.limits = limits.Limits; return checkLimits(limits) }},
	} {
		if err := decode(files, step.file, step.into); err != nil {
			return data{}, err
		}
		check := step.check
		if products, ok := step.into.(*productsFile); ok {
			check = func() error { return d.addProducts(*products) }
		}
		if err := check(); err != nil {
			return data{}, fmt.Errorf("%s: %w", step.file, err)
		}
	}
	return d, nil
}

// decode reads one file strictly: a misspelt field would be a lost fact.
func decode(files fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

var guid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

func checkClouds(clouds []cloud) error {
	seen := make(map[string]bool)
	for _, c := range clouds {
		if c.ID == "" || c.ID == Custom || seen[c.ID] {
			return fmt.Errorf("cloud %q: the id is empty, reserved or there twice", c.ID)
		}
		seen[c.ID] = true
		if c.Name == "" || c.Source == "" {
			return fmt.Errorf("cloud %q: name or source is missing", c.ID)
		}
		for _, address := range []string{c.Authority, c.EWS, c.Graph, c.MailResource, c.AppResource, c.Portal} {
			u, err := url.Parse(address)
			if err != nil || u.Scheme != "https" || u.Host == "" || strings.HasSuffix(address, "/") {
				return fmt.Errorf("cloud %q: %q is not an https address without a slash at its end", c.ID, address)
			}
		}
		for _, server := range []string{c.IMAP, c.POP, c.SMTP} {
			if host, port, err := net.SplitHostPort(server); err != nil || host == "" || port == "" {
				return fmt.Errorf("cloud %q: %q is not host:port", c.ID, server)
			}
		}
	}
	if !seen[Worldwide] {
		return fmt.Errorf("cloud %q is missing", Worldwide)
	}
	return nil
}

func (d *data) addPermissions(f permissionsFile) error {
	d.byRef = make(map[string]int)
	ids := make(map[string]bool)
	for _, e := range f.Permissions {
		ref := e.Type + ":" + e.Name
		resource, known := f.Resources[e.Resource]
		way := resource.Portal[e.Type]
		if way == nil {
			way = f.Portal[e.Type]
		}
		_, twice := d.byRef[ref]
		switch {
		case !known || resource.Name == "":
			return fmt.Errorf("permission %q: unknown resource %q", ref, e.Resource)
		case !guid.MatchString(e.ID) || !guid.MatchString(resource.AppID):
			return fmt.Errorf("permission %q: an id is not a GUID in lower case", ref)
		case twice || ids[e.ID]:
			return fmt.Errorf("permission %q: it or its id is there twice", ref)
		case e.Type != Delegated && e.Type != Application || len(way) == 0:
			return fmt.Errorf("permission %q: type or place in the portal is missing", ref)
		case e.Name == "" || e.Description == "" || e.Group == "" || e.Source == "":
			return fmt.Errorf("permission %q: name, description, group or source is missing", ref)
		case e.AdminByDefinition && !e.AdminInPractice:
			return fmt.Errorf("permission %q: admin consent by definition is admin consent in practice", ref)
		}
		ids[e.ID] = true
		d.byRef[ref] = len(d.permissions)
		d.permissions = append(d.permissions, Permission{
			ID: e.ID, Name: e.Name, Type: e.Type,
			Resource: resource.Name, ResourceAppID: resource.AppID,
			Description:       assets.Msg(e.Description),
			AdminByDefinition: e.AdminByDefinition,
			AdminInPractice:   e.AdminInPractice,
			Portal:            append(append([]string{}, way...), e.Group, e.Name),
			Needed:            e.Needed,
			Protocol:          e.Protocol,
			Unverified:        e.Unverified,
		})
	}
	if len(d.permissions) == 0 {
		return errors.New("no permissions")
	}
	return d.addKnown(f)
}

// addKnown gathers the names of all permissions by resource and id.
func (d *data) addKnown(f permissionsFile) error {
	d.names = make(map[string]Permission)
	for _, p := range d.permissions {
		d.names[p.ResourceAppID+"/"+p.ID] = p
	}
	d.resources = make(map[string]string)
	for _, r := range f.Resources {
		d.resources[r.AppID] = r.Name
	}
	for _, e := range f.Known {
		resource, known := f.Resources[e.Resource]
		ref := resource.AppID + "/" + e.ID
		if _, twice := d.names[ref]; !known || twice || !guid.MatchString(e.ID) || e.Name == "" || e.Type != Delegated && e.Type != Application {
			return fmt.Errorf("known permission %q: wrong, or there twice", e.Name)
		}
		d.names[ref] = Permission{ID: e.ID, Name: e.Name, Type: e.Type, Resource: resource.Name, ResourceAppID: resource.AppID}
	}
	return nil
}

func checkPortal(f portalFile) error {
	if f.Source == "" || f.Directory["default"] == "" {
		return errors.New("source or the default directory is missing")
	}
	for _, page := range []string{
		PageNewRegistration, PageRegistrations, PageOverview, PageAuthentication, PageSecrets, PagePermissions, PageConsent,
		PageEnterprise, PageManifest, PageRedirectURIs, PageSecretList, PageCertificates, PageCertificateList, PagePermissionList,
	} {
		p := f.Pages[page]
		if len(p.Crumbs) == 0 || !strings.HasPrefix(p.URL, "/") {
			return fmt.Errorf("page %q: the crumbs are missing or the address does not begin with a slash", page)
		}
	}
	for lang, words := range f.Words {
		for name, p := range f.Pages {
			for _, crumb := range p.Crumbs {
				if words[crumb] == "" && !strings.HasPrefix(crumb, "{") {
					return fmt.Errorf("page %q: %q has no word in %q", name, crumb, lang)
				}
			}
		}
	}
	if strings.Contains(f.Pages[PageRegistrations].URL, "{") {
		return fmt.Errorf("page %q must need no id: the others fall back on it", PageRegistrations)
	}
	return nil
}

func checkLimits(f limitsFile) error {
	l := f.Limits
	switch {
	case l.SecretMin < 1 || l.SecretUsual < l.SecretMin || l.SecretMax < l.SecretUsual:
		return errors.New("the lengths of a secret are not in order")
	case l.SecretMonthsWarn < 1 || l.SecretMonths < l.SecretMonthsWarn:
		return errors.New("the months of a secret are not in order")
	case l.RedirectURI < 1 || l.RedirectRefused == "" || l.PostkeyRedirect == "":
		return errors.New("a limit of redirect URIs is missing")
	case l.Name < 1 || l.Address < 1 || l.Text < 1:
		return errors.New("a length is missing")
	case !guid.MatchString(l.ExampleID):
		return errors.New("example_id is not a GUID")
	}
	for _, k := range l.KnownIDs {
		if !guid.MatchString(k.ID) || k.Name == "" {
			return fmt.Errorf("known id %q: not a GUID in lower case, or without a name", k.ID)
		}
	}
	return nil
}
