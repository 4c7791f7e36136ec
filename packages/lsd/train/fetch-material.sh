#!/bin/sh
# Fetches and makes the speech and music that `train` mixes into scenes: Debian's packages of telephone prompts
# and music on hold, and sentences spoken by espeak-ng. And the voices that `synthetic-calls` lets answer: dialogues of a game,
# words for children in some twenty languages. None of these voices is in the development set, none is used for two ends.
# usage: fetch-material.sh DIR     (Debian; needs sox and espeak-ng)
set -eu
dir=$1
mkdir -p "$dir/debs" "$dir/root" "$dir/speech" "$dir/music"
(cd "$dir/debs" && apt-get download asterisk-core-sounds-fr-wav asterisk-core-sounds-ru-wav \
  asterisk-prompt-es-co asterisk-prompt-fr-armelle asterisk-moh-opsound-wav \
  fillets-ng-data-cs fillets-ng-data-nl klettres-data ktuberling-data)
for deb in "$dir"/debs/*.deb; do dpkg -x "$deb" "$dir/root"; done

# FOLDER FROM [PATTERN]: one folder of 8 kHz WAV files a voice.
take() {
  mkdir -p "$dir/$1"
  find "$2" -path "${3:-*}" \( -name '*.wav' -o -name '*.gsm' -o -name '*.ogg' \) -size +"${smallest}k" |
    sort | while read -r file; do
    name=$(echo "${file#"$2"/}" | tr '/' '-')
    sox -R "$file" -r 8000 -b 16 -c 1 "$dir/$1/${name%.*}.wav" 2>/dev/null || true
  done
}
smallest=6
sounds=$dir/root/usr/share/asterisk/sounds
take speech/june "$sounds/fr_CA_f_June"
take speech/ivrvoice "$sounds/ru_RU_f_IvrvoiceRU"
take speech/esco "$sounds/es"
take speech/armelle "$sounds/fr"

# SET VOICES: of the games, each named after its game and language.
answer() {
  smallest=4
  for voice in $2; do
    language=${voice#*-}
    case $voice in
    fillets-*) take "$1-speech/$voice" "$dir/root/usr/share/games/fillets-ng/sound" "*/${language%-*}/*-${language#*-}-*" ;;
    klettres-*) take "$1-speech/$voice" "$dir/root/usr/share/klettres/$language" ;;
    *) take "$1-speech/$voice" "$dir/root/usr/share/ktuberling/sounds/$language" ;;
    esac
  done
}
answer tuning 'fillets-cs-m fillets-cs-v klettres-cs klettres-da klettres-es klettres-fr klettres-hu klettres-lt
  klettres-nds klettres-pt_BR klettres-tn ktuberling-ca ktuberling-de ktuberling-gl ktuberling-ru ktuberling-uk'
answer test 'fillets-nl-m fillets-nl-v klettres-de klettres-en klettres-en_GB klettres-he klettres-it klettres-ml
  klettres-nl klettres-ru klettres-uk ktuberling-da ktuberling-el ktuberling-en ktuberling-lt ktuberling-sl
  ktuberling-wa'
for file in "$dir"/root/usr/share/asterisk/moh/*.wav; do
  sox -R "$file" -r 8000 -b 16 -c 1 "$dir/music/$(basename "$file")"
done

# VOICE SPEED PITCH: the sentences, by espeak-ng.
say() {
  mkdir -p "$dir/speech/espeak-$1"
  number=0
  while read -r sentence; do
    number=$((number + 1))
    espeak-ng -v "$1" -s "$2" -p "$3" -w "$dir/espeak.wav" "$sentence" </dev/null
    sox -R "$dir/espeak.wav" -r 8000 -b 16 -c 1 "$dir/speech/espeak-$1/$number.wav"
  done <"$(dirname "$0")/sentences.txt"
}
say de+m3 160 45
say pl+f4 170 60
say nl+m7 150 35
say sv+f2 175 65
say cs+m1 165 50
say pt+f5 155 55
rm -f "$dir/espeak.wav"
