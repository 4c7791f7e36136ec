#!/bin/sh
# Fetches and makes the speech and music that `train` mixes into scenes: Debian's packages of telephone prompts
# and music on hold, and sentences spoken by espeak-ng. None of these voices is in the development set.
# usage: fetch-material.sh DIR     (Debian; needs sox and espeak-ng)
set -eu
dir=$1
mkdir -p "$dir/debs" "$dir/root" "$dir/speech" "$dir/music"
(cd "$dir/debs" && apt-get download asterisk-core-sounds-fr-wav asterisk-core-sounds-ru-wav \
  asterisk-prompt-es-co asterisk-prompt-fr-armelle asterisk-moh-opsound-wav)
for deb in "$dir"/debs/*.deb; do dpkg -x "$deb" "$dir/root"; done

# NAME FOLDER: one folder of 8 kHz WAV files a voice, silence at both ends cut off.
take() {
  mkdir -p "$dir/speech/$1"
  find "$2" \( -name '*.wav' -o -name '*.gsm' \) -size +6k | sort | while read -r file; do
    name=$(echo "${file#"$2"/}" | tr '/' '-')
    sox "$file" -r 8000 -b 16 -c 1 "$dir/speech/$1/${name%.*}.wav" 2>/dev/null || true
  done
}
sounds=$dir/root/usr/share/asterisk/sounds
take june "$sounds/fr_CA_f_June"
take ivrvoice "$sounds/ru_RU_f_IvrvoiceRU"
take esco "$sounds/es"
take armelle "$sounds/fr"
for file in "$dir"/root/usr/share/asterisk/moh/*.wav; do
  sox "$file" -r 8000 -b 16 -c 1 "$dir/music/$(basename "$file")"
done

# VOICE SPEED PITCH: the sentences, by espeak-ng.
say() {
  mkdir -p "$dir/speech/espeak-$1"
  number=0
  while read -r sentence; do
    number=$((number + 1))
    espeak-ng -v "$1" -s "$2" -p "$3" -w "$dir/espeak.wav" "$sentence" </dev/null
    sox "$dir/espeak.wav" -r 8000 -b 16 -c 1 "$dir/speech/espeak-$1/$number.wav"
  done <"$(dirname "$0")/sentences.txt"
}
say de+m3 160 45
say pl+f4 170 60
say nl+m7 150 35
say sv+f2 175 65
say cs+m1 165 50
say pt+f5 155 55
rm -f "$dir/espeak.wav"
