package preflight

import (
	"errors"

	"golang.org/x/sys/windows/registry"
)

// internetSettings holds the proxy that the user set in Windows (Microsoft Learn:
// Internet Settings; the values ProxyEnable, ProxyServer and AutoConfigURL).
const internetSettings = `Software\Microsoft\Windows\CurrentVersion\Internet Settings`

// readSystemProxy reads the proxy of Windows.
func readSystemProxy() (systemProxy, error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, internetSettings, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return systemProxy{}, nil
	}
	if err != nil {
		return systemProxy{}, err
	}
	defer key.Close()
	var p systemProxy
	if script, _, err := key.GetStringValue("AutoConfigURL"); err == nil {
		p.Script = script
	}
	if on, _, err := key.GetIntegerValue("ProxyEnable"); err == nil && on != 0 {
		if server, _, err := key.GetStringValue("ProxyServer"); err == nil {
			p.Server = server
		}
	}
	return p, nil
}
