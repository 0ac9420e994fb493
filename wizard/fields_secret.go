package wizard

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
)

// CheckSecret returns what is wrong with a client secret; nil when it may be
// right. No sentence holds any of the value. Give it what will be stored: white
// space and quotes around the value are named too.
func CheckSecret(value oauth.Secret) *Problem {
	limits := orEmbedded(nil).Limits()
	text := value.Reveal()
	n := utf8.RuneCountInString(text)
	switch {
	case text == "":
		return problem("secret-empty")
	case LooksLikeSecretID(value):
		return problem("secret-is-id")
	case hasSpace(text):
		return problem("secret-space")
	case strings.ContainsAny(text, quotes):
		return problem("secret-quotes")
	case strings.Contains(text, "***") || strings.ContainsAny(text, "•●∙"):
		return problem("secret-hidden")
	}
	for _, r := range text {
		if r == utf8.RuneError || invisible(r) {
			return problem("secret-invisible", "Code", fmt.Sprintf("U+%04X", r))
		}
	}
	switch {
	case n < limits.SecretMin:
		return problem("secret-short", "Length", n, "Min", limits.SecretMin)
	case n > limits.SecretMax:
		return problem("secret-long", "Length", n, "Max", limits.SecretMax)
	case n < limits.SecretUsual:
		return warning("secret-rather-short", "Length", n)
	}
	return nil
}

// LooksLikeSecretID reports whether a client secret is a GUID: the Secret ID of
// the portal instead of the Value beside it.
func LooksLikeSecretID(value oauth.Secret) bool {
	return guidShaped(trim(value.Reveal(), quotes+"{}"))
}

func (d *Draft) checkHasSecret() *Problem {
	if d.Platform == PlatformDesktop || d.HasSecret || d.Certificate != nil {
		return nil
	}
	return problem("secret-empty")
}

func (d *Draft) checkSecretExpires(now time.Time, limits catalog.Limits) *Problem {
	if d.Platform == PlatformDesktop || d.Certificate != nil { // which brings its own end
		return nil
	}
	typed := CleanField(FieldSecretExpires, d.SecretExpires)
	if typed == "" {
		return problem("expires-empty")
	}
	today := store.DateOf(now)
	date, err := store.ParseDate(typed)
	switch {
	case err != nil:
		return problem("expires-form", "Example", today.AddMonths(6).String())
	case date.DaysFrom(now) < 0:
		return problem("expires-past", "Date", date.String())
	case date.After(today.AddMonths(limits.SecretMonths)):
		return problem("expires-far", "Months", limits.SecretMonths, "Last", today.AddMonths(limits.SecretMonths).String())
	case !today.AddMonths(limits.SecretMonthsWarn).After(date):
		return warning("expires-long", "Months", limits.SecretMonthsWarn)
	}
	return nil
}
