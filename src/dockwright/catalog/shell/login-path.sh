# shellcheck shell=sh
# What the image has on PATH (IMAGE_PATH, words), for login shells whose distribution begins with a PATH of its
# own. Read by /etc/profile, after the line that sets IMAGE_PATH; the last word comes first.
for _entry in $IMAGE_PATH; do
    case ":$PATH:" in
        *":$_entry:"*) ;;
        *) PATH="$_entry:$PATH" ;;
    esac
done
export PATH
unset _entry IMAGE_PATH
