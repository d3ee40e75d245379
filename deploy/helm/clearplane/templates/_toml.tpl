{{/* TOML from values. Whole numbers come as floats from YAML; a JSON string is a TOML string. */}}

{{- define "clearplane.toml.value" -}}
{{- if kindIs "map" . -}}
{ {{- range $i, $key := keys . | sortAlpha }}{{ if $i }}, {{ end }}{{ $key | toRawJson }} = {{ include "clearplane.toml.value" (get $ $key) }}{{ end -}} }
{{- else if kindIs "slice" . -}}
[{{ range $i, $each := . }}{{ if $i }}, {{ end }}{{ include "clearplane.toml.value" $each }}{{ end }}]
{{- else if kindIs "string" . -}}
{{ . | toRawJson }}
{{- else if kindIs "bool" . -}}
{{ . }}
{{- else if kindIs "float64" . -}}
{{- if eq (floor .) . }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- else -}}
{{ . }}
{{- end -}}
{{- end -}}

{{/* A table and those below it: (dict "path" "log.kafka" "values" {...}). Keys without a value are left out. */}}
{{- define "clearplane.toml" -}}
{{- $top := . -}}
{{- range $key := keys .values | sortAlpha -}}
{{- $value := get $top.values $key -}}
{{- if not (or (kindIs "map" $value) (kindIs "invalid" $value)) }}
{{ $key }} = {{ include "clearplane.toml.value" $value }}
{{- end -}}
{{- end -}}
{{- range $key := keys .values | sortAlpha -}}
{{- $value := get $top.values $key -}}
{{- if and (kindIs "map" $value) $value }}
{{- $name := ternary $key ($key | toRawJson) (regexMatch "^[A-Za-z0-9_-]+$" $key) -}}
{{- $path := ternary $name (printf "%s.%s" $top.path $name) (empty $top.path) }}

[{{ $path }}]
{{- include "clearplane.toml" (dict "path" $path "values" $value) }}
{{- end -}}
{{- end -}}
{{- end -}}
