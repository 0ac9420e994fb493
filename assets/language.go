package assets

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Languages are the BCP 47 tags of the languages that translations holds, in
// alphabetical order.
func Languages() []string { return slices.Clone(languages()) }

var languages = sync.OnceValue(func() []string {
	var tags []string
	for _, name := range translationFiles() {
		if _, tag, ok := areaAndLanguage(name); ok && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags)
	return tags
})

// Messages returns all messages of one language by key, each as it stands in
// its file: a string, or an object with plural forms. A key in two files is an error.
func Messages(lang string) (map[string]json.RawMessage, error) {
	all := make(map[string]json.RawMessage)
	for _, name := range translationFiles() {
		if _, tag, ok := areaAndLanguage(name); !ok || tag != lang {
			continue
		}
		messages, err := Area(name)
		if err != nil {
			return nil, err
		}
		for key, text := range messages {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("translations/%s: %q is in another file too", name, key)
			}
			all[key] = text
		}
	}
	return all, nil
}

// Area returns the messages of one file of translations, such as fyne.en.json.
func Area(name string) (map[string]json.RawMessage, error) {
	data, err := Translations.ReadFile("translations/" + name)
	if err != nil {
		return nil, err
	}
	messages := make(map[string]json.RawMessage)
	if err := json.Unmarshal(data, &messages); err != nil {
		return nil, fmt.Errorf("translations/%s: %w", name, err)
	}
	return messages, nil
}

func translationFiles() []string {
	files, err := Translations.ReadDir("translations")
	if err != nil {
		panic(err) // embedded: cannot fail
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name()
	}
	return names
}

// areaAndLanguage splits AREA.LANG.json.
func areaAndLanguage(name string) (area, lang string, ok bool) {
	parts := strings.Split(name, ".")
	if len(parts) != 3 || parts[2] != "json" {
		return "", "", false
	}
	return parts[0], parts[1], true
}
