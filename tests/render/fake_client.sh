#!/bin/bash
# Stands for az and kubectl: keeps every word that it gets, and answers so that each step does its
# work once. FAKE is a folder: words/ one file a call, done/ what was changed, images the old ones.
me=${0##*/}
call=$(mktemp "$FAKE/words/XXXXXX")
printf '%s\0' "$me" "$@" >"$call"
all=" $* "
key=
for word in "$@"; do
  case $word in --namespace=*) key=-$(printf '%s' "$word" | cksum | tr ' ' '-') ;; esac
done

has() {
  case $all in *"$1"*) return 0 ;; *) return 1 ;; esac
}

az_answers() {
  if has ' version '; then echo 9.9.9
  elif has '--help'; then echo '--if-none-match'
  elif has 'nodeResourceGroup'; then echo MC_GROUP
  elif has 'currentKubernetesVersion'; then printf 'Succeeded\n1.23.8\n'
  elif has 'aks nodepool add' || has ' rest '; then touch "$FAKE/done/green"
  elif has 'aks nodepool delete'; then touch "$FAKE/done/no-blue"
  elif has 'aks nodepool list'; then
    if has "name=='wspool'"; then
      [ -e "$FAKE/done/no-blue" ] && return
      has 'osSku, vmSize' && echo 'Succeeded|Windows2019|Standard_D2s_v3; touch owned|3' && return
    elif [ ! -e "$FAKE/done/green" ]; then
      return
    fi
    if has 'poolshift-run'; then echo plan-hostile
    elif has '[provisioningState]'; then echo Succeeded
    elif has '[osSku]'; then echo Windows2022
    elif has 'nodeTaints'; then printf 'poolshift.io/guard=green:NoSchedule\n$(touch owned)\n'
    elif has 'enableAutoScaling'; then echo False
    elif has '[count]'; then echo 1
    elif has '[name]'; then echo there
    elif has 'eTag'; then echo '"$(touch owned)"'
    fi
  elif has 'vmss list'; then echo 'aks-$(touch owned)'
  fi
}

kubectl_answers() {
  if has ' --help '; then echo '--patch-file'
  elif has 'current-context'; then echo '--context; touch owned'
  elif has 'providerID'; then echo 'azure:///none|mc_group'
  elif has 'kernelVersion'; then
    if has 'agentpool=poolws' || [ ! -e "$FAKE/done/no-blue" ]; then
      echo 'node0|True|10.0.20348.1|||true|||'
    fi
  elif has ' patch ' && has '--dry-run=server'; then
    if has 'containers[*].name'; then echo c
    elif has '={.spec}'; then echo same
    else echo new; fi
  elif has ' apply ' && has '--dry-run=server'; then
    echo same
  elif has ' annotate ' && has 'rollout-held-by-'; then touch "$FAKE/done/released$key"
  elif has 'rollout-held-by' && [ -e "$FAKE/done/released$key" ]; then return
  elif has ' patch '; then touch "$FAKE/done/patched$key"
  elif has 'get ' && has '--filename='; then echo same
  elif has '{.spec.template}'; then
    if [ -e "$FAKE/done/patched$key" ]; then echo new; else echo old; fi
  elif has 'initContainers'; then cat "$FAKE/images"
  elif has 'containers[*].name'; then echo c
  elif has 'revision}|{.metadata.generation'; then echo '1|1|1'
  elif has '{.status.observedGeneration}|'; then echo '1|1|3|3|3|3|'
  elif has 'get replicasets'; then echo 'rs|uid|1'
  elif has 'get pods' && has '{.metadata.name}|{.metadata.ownerReferences'; then echo 'pod0|rs|True|'
  elif has 'restartCount'; then echo 'True|0'
  elif has 'get pods' && has '{.spec.nodeName}'; then
    printf 'p%s|u|green|True|rs|\n' 0 1 2
  elif has '{.metadata.uid}|{.spec.replicas}'; then echo 'uid|3'
  elif has '={.metadata.uid}'; then echo uid
  elif has '={.spec.replicas}'; then echo 3
  elif has 'rollout-held-by' && has 'get '; then
    if has '{.metadata.annotations.poolshift\.io/rollout-held-from}'; then echo 'plan-hostile|,600'
    elif [ -e "$FAKE/done/patched$key" ]; then echo plan-hostile; fi
  elif has 'last-applied-configuration'; then echo '{"kind": "$(touch owned)"}'
  elif has '--local'; then cat
  elif has 'set-last-applied'; then cat >/dev/null
  elif has 'get daemonset ' && has 'numberReady'; then echo 3
  fi
}

"${me}_answers"
