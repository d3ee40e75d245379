{{- define "clearplane.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "clearplane.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "clearplane.labels" -}}
{{ include "clearplane.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "clearplane.serviceAccount" -}}
{{- default (ternary (include "clearplane.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "clearplane.tlsSecret" -}}
{{- default (printf "%s-tls" (include "clearplane.fullname" .)) .Values.tls.secretName -}}
{{- end -}}

{{/* What the chart decides stands over what the values say. data_dir is a folder of the volume's own, because the gateway wants it closed to others. */}}
{{- define "clearplane.config" -}}
{{- $api := dict "host" "0.0.0.0" "port" 8443 "tls_cert" "/run/secrets/tls/tls.crt" "tls_key" "/run/secrets/tls/tls.key" -}}
{{- $own := dict "data_dir" "/var/lib/clearplane/data" "sites_dir" "/etc/clearplane/sites" "api" $api -}}
{{- $config := mustMergeOverwrite (deepCopy .Values.config) $own -}}
{{- if ne (dig "log" "kind" "embedded" $config) "kafka" -}}
{{- fail "config.log.kind has to be kafka: the embedded log is for one machine, and this chart runs a role a pod" -}}
{{- end -}}
{{- if not (dig "state" "url" "" $config) -}}
{{- fail "config.state.url is needed: every pod shares one PostgreSQL" -}}
{{- end -}}
{{- if not (default dict $config.blobs.s3).bucket -}}
{{- fail "config.blobs.s3.bucket is needed: every pod shares one object store" -}}
{{- end -}}
{{- include "clearplane.toml" (dict "path" "" "values" $config) | trim }}
{{- end -}}

{{/* Port of HOST:PORT or scheme://HOST[:PORT]/..., else the default: (dict "address" "..." "default" 5432) */}}
{{- define "clearplane.port" -}}
{{- $host := regexReplaceAll "/.*$" (regexReplaceAll "^[a-z]+://" .address "") "" -}}
{{- $port := regexFind ":[0-9]+$" $host | trimPrefix ":" -}}
{{- default .default $port -}}
{{- end -}}

{{- define "clearplane.role.labels" -}}
{{ include "clearplane.labels" .root }}
app.kubernetes.io/component: {{ .role }}
{{- end -}}

{{- define "clearplane.role.selector" -}}
{{ include "clearplane.selector" .root }}
app.kubernetes.io/component: {{ .role }}
{{- end -}}
