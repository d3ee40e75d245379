{{/* The pod of a role: (dict "root" $ "role" "intake" "values" .Values.intake "data" <volume source, or nil for a claim of the set>) */}}
{{- define "clearplane.pod" -}}
{{- $root := .root -}}
metadata:
  labels:
    {{- include "clearplane.role.labels" . | nindent 4 }}
    {{- with $root.Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # A new configuration is a new pod: settings are read at the start.
    checksum/config: {{ include (print $root.Template.BasePath "/configmap.yaml") $root | sha256sum }}
    {{- with $root.Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "clearplane.serviceAccount" $root }}
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: {{ $root.Values.terminationGracePeriodSeconds }}
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    # Not at every start: it would open the data folder to the group, and the gateway refuses such a folder.
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "clearplane.role.selector" . | nindent 10 }}
  containers:
    - name: clearplane
      image: {{ printf "%s:%s" $root.Values.image.repository (default $root.Chart.AppVersion $root.Values.image.tag) | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: ["run", "--config", "/etc/clearplane/clearplane.toml", "--role", {{ .role | quote }}, "--log-level", {{ $root.Values.logLevel | quote }}]
      ports:
        - name: https
          containerPort: 8443
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: ["ALL"]
      # A start reads what was acknowledged and not yet listed, so it may take its time.
      startupProbe:
        httpGet: {path: /health/live, port: https, scheme: HTTPS}
        periodSeconds: 5
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /health/live, port: https, scheme: HTTPS}
        periodSeconds: 20
        timeoutSeconds: 5
        failureThreshold: 3
      readinessProbe:
        httpGet: {path: {{ .values.readinessPath }}, port: https, scheme: HTTPS}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      {{- if $root.Values.drainSeconds }}
      lifecycle:
        preStop:
          exec:
            command: ["sleep", {{ $root.Values.drainSeconds | quote }}]
      {{- end }}
      resources:
        {{- toYaml .values.resources | nindent 8 }}
      volumeMounts:
        - {name: data, mountPath: /var/lib/clearplane}
        - {name: tmp, mountPath: /tmp}
        - {name: config, mountPath: /etc/clearplane, readOnly: true}
        - {name: tls, mountPath: /run/secrets/tls, readOnly: true}
        {{- range $name := keys $root.Values.secrets | sortAlpha }}
        - {name: {{ printf "secret-%s" $name }}, mountPath: {{ printf "/run/secrets/%s" $name }}, readOnly: true}
        {{- end }}
        {{- if .inbox }}
        - {name: inbox, mountPath: /srv/inbox}
        {{- end }}
  volumes:
    {{- with .data }}
    - name: data
      {{- toYaml . | nindent 6 }}
    {{- end }}
    - name: tmp
      emptyDir: {}
    - name: config
      configMap:
        name: {{ include "clearplane.fullname" $root }}
        items:
          - {key: clearplane.toml, path: clearplane.toml}
          {{- range $name := keys $root.Values.sites | sortAlpha }}
          - {key: {{ printf "site-%s.toml" $name }}, path: {{ printf "sites/%s.toml" $name }}}
          {{- end }}
    - name: tls
      secret:
        secretName: {{ include "clearplane.tlsSecret" $root }}
        defaultMode: 0440
    {{- range $name := keys $root.Values.secrets | sortAlpha }}
    - name: {{ printf "secret-%s" $name }}
      secret:
        secretName: {{ (get $root.Values.secrets $name).secretName }}
        defaultMode: 0440
    {{- end }}
    {{- with .inbox }}
    - name: inbox
      persistentVolumeClaim:
        claimName: {{ . }}
    {{- end }}
  {{- with .values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
