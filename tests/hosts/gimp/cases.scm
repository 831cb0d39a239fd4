; SPDX-License-Identifier: Apache-2.0
; Copyright the Burin authors
; The plug-in in the real GIMP, with the painting engine: an even seed turns colours to their opposite.
; Every check is a line "PASS name" or "FAIL name" of the file `results`.

(define results-port (open-output-file results))
(define (say line) (display line results-port) (newline results-port))
(define (check name ok) (say (string-append (if ok "PASS " "FAIL ") name)))

; --- pictures and pixels ------------------------------------------------------------------------

(define grey GRAY) (define rgb RGB)
(define u8 150) (define u16 250) (define float-gamma 650) (define float-linear 600) (define half 550)

(define (new-image width height type precision)
  (car (gimp-image-new-with-precision width height type precision)))
; A layer of one colour, without alpha.
(define (add-layer image x y width height colour)
  (let ((layer (new-layer image "Photo" width height)))
    (gimp-image-insert-layer image layer 0 -1)
    (gimp-layer-set-offsets layer x y)
    (gimp-context-set-foreground colour)
    (gimp-drawable-fill layer FILL-FOREGROUND)
    layer))
(define brown '(200 100 50))
(define opposite '(55 155 205))
(define halved '(100 50 25))

(define (near? a b) (<= (abs (- a b)) 1))
(define (all-near? a b)
  (or (null? a) (and (near? (car a) (car b)) (all-near? (cdr a) (cdr b)))))
(define (shows? image x y colour) (all-near? (seen image x y) colour))
; A value of a mask, 0 to 255, canvas coordinates.
(define (mask-at layer x y)
  (let ((offset (offsets-of layer)))
    (mask-value (car (gimp-layer-get-mask layer)) (- x (car offset)) (- y (cadr offset)))))

; A value of 0 to 255 as light, and back: how GIMP mixes layers.
(define (light v) (expt (/ (+ (/ v 255) 0.055) 1.055) 2.4))
(define (value-of light) (* 255 (- (* 1.055 (expt light (/ 1 2.4))) 0.055)))
(define (mixed below above share)
  (value-of (+ (* (light below) (- 1 share)) (* (light above) share))))

(define (child group index) (list-ref (children-of group) index))
(define (name-of item) (car (gimp-item-get-name item)))
(define (position-of image item) (car (gimp-image-get-item-position image item)))
; #t where the call ended in an error.
(define-macro (fails? call) `(catch #t ,call #f))

; What the last error said.
(define said "")
(define throw-unheard throw)
(define *error-hook* (lambda what (if (string? (car what)) (set! said (car what))) (apply throw-unheard what)))
(define (contains? text part)
  (let loop ((at 0))
    (let ((end (+ at (string-length part))))
      (and (<= end (string-length text))
           (or (string=? (substring text at end) part) (loop (+ at 1)))))))
; #t where it ended in an error with this sentence.
(define-macro (refused? sentence call)
  `(begin
     (set! said "")
     (or (and (fails? ,call) (contains? said ,sentence)) (begin (say (string-append "SAID " said)) #f))))

; Faces of a picture of 160 x 120 are 20..60 x 30..75 and 100..120 x 30..60.
(define (check-faces name image layer inside outside)
  (let* ((made (detail-faces image layer "" "2" "")) (group (car made)))
    (check (string-append name ": two layers") (= (cadr made) 2))
    (check (string-append name ": the first face inside") (shows? image 40 50 inside))
    (check (string-append name ": the first pixel inside the edge") (shows? image 20 30 inside))
    (check (string-append name ": the last pixel inside the edge") (shows? image 59 74 inside))
    (check (string-append name ": the first pixel outside the edge") (shows? image 60 75 outside))
    (check (string-append name ": the pixel before the edge") (shows? image 19 30 outside))
    (check (string-append name ": the second face inside") (shows? image 110 45 inside))
    (check (string-append name ": far outside") (shows? image 150 110 outside))
    group))

(define (case-rgb)
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown))
         (group (check-faces "8 bit" image layer opposite brown)) (small (child group 0)))
    (check "8 bit: the group is called Burin" (string=? (name-of group) "Burin"))
    (check "8 bit: the group lies directly above the source"
           (= (+ 1 (position-of image group)) (position-of image layer)))
    (check "8 bit: the name says face, strength and seed"
           (string=? (name-of small) "Face 2 · 0.40 · seed 2"))
    (check "8 bit: the smaller face lies above" (= (width-of small) 30))
    (check "8 bit: at its true place" (equal? (offsets-of small) '(95 22)))
    (check "8 bit: each layer has a mask" (> (car (gimp-layer-get-mask small)) 0))
    (check "8 bit: the mask is not what is edited" (not (yes? (car (gimp-layer-get-edit-mask small)))))
    (check "8 bit: the source stays active" (= (active-layer image) layer))
    (check "8 bit: the source is as it was" (= (pixel layer 40 50 0) 200))
    (gimp-image-delete image)))

(define (case-depths)
  (for-each
    (lambda (each)
      (let* ((image (new-image 160 120 rgb (cadr each))) (layer (add-layer image 0 0 160 120 brown)))
        (check-faces (car each) image layer opposite brown)
        (gimp-image-delete image)))
    (list (list "16 bit" u16) (list "float" float-gamma) (list "half" half)))
  ; The opposite is that of the values as they are stored: linear ones here.
  (let* ((image (new-image 160 120 rgb float-linear)) (layer (add-layer image 0 0 160 120 brown)))
    (check-faces "linear float" image layer (map (lambda (v) (value-of (- 1 (light v)))) brown) brown)
    (gimp-image-delete image))
  (for-each
    (lambda (each)
      (let* ((image (new-image 160 120 grey (cadr each)))
             (layer (add-layer image 0 0 160 120 '(200 200 200))))
        (check-faces (car each) image layer '(55 55 55) '(200 200 200))
        (gimp-image-delete image)))
    (list (list "grey" u8) (list "16 bit grey" u16))))

(define (case-places)
  ; A layer of 160 x 120 at 30, 20 of a larger canvas: faces move along.
  (let* ((image (new-image 240 200 rgb u8)) (layer (add-layer image 30 20 160 120 brown))
         (made (detail-faces image layer "" "2" "")))
    (check "offset: inside" (shows? image 70 70 opposite))
    (check "offset: first pixel inside" (shows? image 50 50 opposite))
    (check "offset: before the edge" (shows? image 49 50 brown))
    (gimp-image-delete image))
  ; A layer larger than the canvas: the canvas' part is the picture.
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image -50 -40 300 300 brown)))
    (check-faces "larger than the canvas" image layer opposite brown)
    (check "larger than the canvas: the layer keeps its size" (= (width-of layer) 300))
    (gimp-image-delete image))
  ; In a group: the result goes into the same one.
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown))
         (parent (new-group image "Group")))
    (gimp-image-insert-layer image parent 0 -1)
    (gimp-image-reorder-item image layer parent 0)
    (let ((group (check-faces "in a group" image layer opposite brown)))
      (check "in a group: the same parent" (= (car (gimp-item-get-parent group)) parent)))
    (gimp-image-delete image)))

(define (case-alpha)
  ; Left of x = 40 the layer is clear, and what lies below shows.
  (let* ((image (new-image 160 120 rgb u8)) (below (add-layer image 0 0 160 120 '(0 255 0)))
         (layer (add-layer image 0 0 160 120 brown)))
    (gimp-layer-add-alpha layer)
    (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 0 0 40 120)
    (gimp-drawable-edit-clear layer)
    (gimp-selection-none image)
    (detail-faces image layer "" "2" "")
    (check "alpha: clear pixels stay clear" (shows? image 30 50 '(0 255 0)))
    (check "alpha: the rest is redrawn" (shows? image 50 50 opposite))
    (gimp-image-delete image))
  ; The same by a layer mask.
  (let* ((image (new-image 160 120 rgb u8)) (below (add-layer image 0 0 160 120 '(0 255 0)))
         (layer (add-layer image 0 0 160 120 brown)))
    (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 40 0 120 120)
    (gimp-layer-add-mask layer (car (gimp-layer-create-mask layer ADD-MASK-SELECTION)))
    (gimp-layer-set-edit-mask layer FALSE)
    (gimp-selection-none image)
    (detail-faces image layer "" "2" "")
    (check "layer mask: hidden pixels stay hidden" (shows? image 30 50 '(0 255 0)))
    (check "layer mask: the rest is redrawn" (shows? image 50 50 opposite))
    (gimp-image-delete image)))

(define (case-visible)
  (let* ((image (new-image 160 120 rgb u8)) (below (add-layer image 0 0 160 120 '(0 0 0)))
         (layer (add-layer image 0 0 160 120 brown)))
    (gimp-layer-set-opacity layer 50)
    (let* ((before (seen image 40 50))
           (group (car (detail-faces image layer "" "2" "{\"source\": \"visible\"}"))))
      (check "visible: the opposite of what is seen"
             (shows? image 40 50 (map (lambda (v) (- 255 v)) before)))
      (check "visible: outside as it was" (shows? image 150 110 before))
      (check "visible: the group is at the top"
             (= (position-of image group) 0))
      ; Redrawing it does not see the result itself.
      (let ((again (edit image (child group 1) "" "3" "")))
        (check "visible: redrawn from below it"
               (shows? image 40 50 (map (lambda (v) (/ v 2)) before)))))
    (gimp-image-delete image)))

(define (case-selection)
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown)))
    (check "selection: needed" (fails? (detail-selection image layer "2" "")))
    (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 50 40 30 20)
    (let* ((made (detail-selection image layer "2" "")) (one (child (car made) 0)))
      (check "selection: one layer" (= (cadr made) 1))
      (check "selection: inside" (shows? image 50 40 opposite))
      (check "selection: last pixel inside" (shows? image 79 59 opposite))
      (check "selection: outside" (shows? image 80 60 brown))
      (check "selection: before the edge" (shows? image 49 40 brown))
      (check "selection: kept" (equal? (cdr (gimp-selection-bounds image)) '(50 40 80 60)))
      (check "selection: three times as large a crop" (= (width-of one) 90)))
    (gimp-image-delete image))
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown)))
    (gimp-image-select-ellipse image CHANNEL-OP-REPLACE 40 30 60 60)
    (gimp-selection-feather image 12)
    (let* ((half-at (car (gimp-selection-value image 40 60)))
           (one (child (car (detail-selection image layer "2" "")) 0)))
      (check "feathered: the edge is soft" (and (> half-at 20) (< half-at 235)))
      (check "feathered: the mask has the selection's values" (near? (mask-at one 40 60) half-at))
      (check "feathered: inside" (shows? image 70 60 opposite))
      (check "feathered: the edge is between"
             (near? (car (seen image 40 60)) (mixed 200 55 (/ half-at 255))))
      (check "feathered: outside" (shows? image 10 10 brown)))
    (gimp-image-delete image))
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown)))
    (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 10 10 20 20)
    (gimp-image-select-rectangle image CHANNEL-OP-ADD 110 80 20 20)
    (check "disjoint: a layer for each piece" (= (cadr (detail-selection image layer "2" "")) 2))
    (check "disjoint: the first" (shows? image 15 15 opposite))
    (check "disjoint: the second" (shows? image 115 85 opposite))
    (check "disjoint: between them" (shows? image 70 55 brown))
    (check "disjoint: or one for all"
           (= (cadr (detail-selection image layer "3" "{\"combined\": true}")) 1))
    (gimp-image-delete image))
  ; Faces keep to the selection.
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown)))
    (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 0 0 40 120)
    (check "faces in a selection: one" (= (cadr (detail-faces image layer "" "2" "")) 1))
    (check "faces in a selection: inside both" (shows? image 30 50 opposite))
    (check "faces in a selection: outside the selection" (shows? image 50 50 brown))
    (gimp-image-delete image)))

(define (case-choice)
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown)))
    (check "ticks: one of two"
           (= (cadr (detail-faces image layer "" "2" "{\"faces\": [2], \"prompts\": {\"2\": \"black\"}}")) 1))
    (check "ticks: the other stays" (shows? image 40 50 brown))
    (check "ticks: with its own prompt" (shows? image 110 45 '(0 0 0)))
    (gimp-image-delete image))
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown))
         (made (detail-faces image layer "none" "2" "")))
    (check "no face: nothing is added" (and (= (car made) -1) (= (layer-count image) 1)))
    (check "skipped: nothing is added" (= (cadr (detail-faces image layer "skip" "2" "")) 0))
    (check "cancelled: an end without a layer"
           (begin (fails? (detail-faces image layer "cancelled" "2" "")) (= (layer-count image) 1)))
    (check "failed: an error" (fails? (detail-faces image layer "fail" "2" "")))
    (check "options that are no JSON: an error"
           (refused? "The options are '{'; expected a JSON object." (detail-faces image layer "" "2" "{")))
    (check "a seed that is no number: an error"
           (refused? "The seed is 'x'; expected a whole number" (detail-faces image layer "" "x" "")))
    (check "after errors: one layer as before" (= (layer-count image) 1))
    (gimp-image-delete image)))

; Each in one sentence, which is what GIMP shows.
(define (case-refused)
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown))
         (channel (new-channel image "Spots")) (empty (new-group image "Empty")))
    (define (detail drawable) (detail-faces image drawable "" "2" ""))
    (gimp-image-insert-channel image channel 0 0)
    (check "a channel: refused" (refused? "The channel 'Spots' is active; Burin needs a layer" (detail channel)))
    (gimp-layer-add-mask layer (car (gimp-layer-create-mask layer ADD-MASK-WHITE)))
    (check "a mask: refused"
           (refused? "The mask of the layer 'Photo' is being edited; choose the layer itself."
                     (detail (car (gimp-layer-get-mask layer)))))
    (gimp-item-set-lock-content layer TRUE)
    (check "a locked layer: refused"
           (refused? "The layer 'Photo' is locked; unlock it first." (detail layer)))
    (gimp-item-set-lock-content layer FALSE)
    (gimp-layer-set-offsets layer 500 500)
    (check "a layer off the canvas: refused"
           (refused? "The layer 'Photo' (160 x 120 at 500, 500) lies outside the canvas of 160 x 120."
                     (detail layer)))
    (gimp-layer-set-offsets layer 0 0)
    (gimp-image-insert-layer image empty 0 0)
    (check "a group without pixels: refused" (refused? "The layer 'Empty' has no pixels." (detail empty)))
    (gimp-image-remove-layer image empty)
    (check "no selection: refused"
           (refused? "Nothing is selected; select what is to be redrawn first." (detail-selection image layer "2" "")))
    (gimp-layer-set-offsets layer 100 0)
    (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 0 0 50 50)
    (check "a selection beside the layer: refused"
           (refused? "The selection does not touch the layer 'Photo'; select a part of it."
                     (detail-selection image layer "2" "")))
    (gimp-layer-set-offsets layer 0 0)
    (gimp-selection-none image)
    (check "a layer that Burin did not make: not opened"
           (refused? "The layer 'Photo' was not made by Burin; choose one that was."
                     (edit image layer "" "2" "")))
    (gimp-image-convert-indexed image 0 0 8 FALSE FALSE "")
    (check "indexed: refused"
           (refused? "The image is in indexed colours; Burin needs RGB or greyscale, so convert it first."
                     (detail layer)))
    (check "after refusals: one layer as before" (= (layer-count image) 1))
    (gimp-image-delete image)))

; run.sh left a file of settings with a seed, a strength and a prompt.
(define (case-last-values)
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown))
         (group (car (detail-faces-again image layer))) (small (child group 0)))
    (check "last values: strength and seed" (string=? (name-of small) "Face 2 · 0.25 · seed 4"))
    (check "last values: the prompt" (contains? (record-of small) "of the last time"))
    (gimp-image-delete image)))

; Modules that a job names go into the record, and out of it again.
(define (case-modules)
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown))
         (group (car (detail-faces image layer "" "2"
                            "{\"more\": {\"upscaler\": {\"id\": \"an.upscaler\", \"params\": {\"factor\": 3}}, \"hooks\": [{\"type\": \"module\", \"id\": \"a.hook\"}]}}")))
         (again (edit image (child group 0) "" "3" "{\"denoise\": 0.3}")))
    (check "modules: kept when other settings change"
           (and (contains? (record-of again) "an.upscaler") (contains? (record-of again) "a.hook")
                (contains? (record-of again) "\"factor\":3")))
    (set! again (edit image again "" "3" "{\"more\": {\"upscaler\": null}}"))
    (check "modules: taken away"
           (and (not (contains? (record-of again) "an.upscaler")) (contains? (record-of again) "a.hook")))
    (gimp-image-delete image)))

(define (case-reopen)
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown))
         (group (car (detail-faces image layer "" "2" "{\"faces\": [1]}"))) (first (child group 0)))
    ; Paint on the mask: the upper part is hidden.
    (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 0 0 160 50)
    (gimp-context-set-foreground '(0 0 0))
    (gimp-drawable-edit-fill (car (gimp-layer-get-mask first)) FILL-FOREGROUND)
    (gimp-selection-none image)
    (gimp-layer-set-opacity first 100)
    (save image (string-append folder "/reopen.xcf"))
    (gimp-image-delete image))
  (let* ((image (load-image (string-append folder "/reopen.xcf")))
         (group (car (gimp-image-get-layer-by-name image "Burin"))) (first (child group 0)))
    (check "saved and loaded: as it was" (and (shows? image 40 60 opposite) (shows? image 40 40 brown)))
    (check "saved and loaded: the record is there"
           (> (string-length (record-of first)) 2))
    (let ((again (edit image (car (gimp-layer-get-mask first)) "" "3" "")))
      (check "edited: another seed" (string=? (name-of again) "Face 1 · 0.40 · seed 3"))
      (check "edited: redrawn from the source" (shows? image 40 60 halved))
      (check "edited: with the mask that was painted" (shows? image 40 40 brown))
      (check "edited: in its place" (and (= (length (children-of group)) 1)
                                          (= (car (gimp-item-get-parent again)) group)))
      (gimp-item-transform-translate again 10 5)
      (gimp-layer-set-opacity again 50)
      (let ((rolled (re-roll image again)))
        (check "re-rolled: another seed again"
               (not (string=? (name-of rolled) "Face 1 · 0.40 · seed 3")))
        (check "re-rolled: where it was moved to" (equal? (offsets-of rolled) '(20 23)))
        (check "re-rolled: keeps its opacity" (= (car (gimp-layer-get-opacity rolled)) 50))))
    (let ((source (car (gimp-image-get-layer-by-name image "Photo"))))
      (gimp-image-remove-layer image source)
      (check "without its source: refused" (fails? (edit image (child group 0) "" "3" ""))))
    (gimp-image-delete image)))

; The mask that was painted meanwhile says where it is redrawn, and stays.
(define (case-painted)
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown))
         (group (car (detail-faces image layer "" "2" "{\"faces\": [1]}"))) (first (child group 0))
         (mask (car (gimp-layer-get-mask first))))
    (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 62 20 6 60)
    (gimp-context-set-foreground '(255 255 255))
    (gimp-drawable-edit-fill mask FILL-FOREGROUND)
    (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 20 30 10 45)
    (gimp-context-set-foreground '(100 100 100))
    (gimp-drawable-edit-fill mask FILL-FOREGROUND)
    (gimp-selection-none image)
    (let* ((painted (mask-at first 25 50)) (again (edit image first "" "3" "")))
      (check "painted: a grey and a white" (and (> painted 10) (< painted 245)))
      (check "painted: redrawn where white was added" (shows? image 65 50 halved))
      (check "painted: redrawn inside the face" (shows? image 40 50 halved))
      (check "painted: half redrawn where it was greyed"
             (near? (car (seen image 25 50)) (mixed 200 100 (/ painted 255))))
      (check "painted: nothing where nothing was painted" (shows? image 69 50 brown))
      (check "painted: the mask stays as it was painted"
             (and (= (mask-at again 25 50) painted) (= (mask-at again 65 50) 255)
                  (= (mask-at again 69 50) 0))))
    (gimp-image-delete image)))

; Only the seed is another one; run.sh compares what is stored.
(define (case-reroll)
  (define (keep name text)
    (let ((port (open-output-file (string-append folder "/" name))))
      (display text port)
      (close-output-port port)))
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown))
         (group (car (detail-faces image layer "somebody" "2"
                            "{\"prompts\": {\"2\": \"an old man\"}, \"negative\": \"blur\", \"feather\": 3, \"steps\": 7, \"more\": {\"detailer\": {\"cycle\": 2}}}")))
         (small (child group 0)) (name (name-of small)) (place (offsets-of small))
         (edge (mask-at small 100 30)))
    (gimp-layer-set-opacity small 40)
    (gimp-layer-set-mode small LAYER-MODE-MULTIPLY)
    (gimp-item-set-visible small FALSE)
    (keep "record-before" (record-of small))
    (let ((rolled (re-roll image small)))
      (keep "record-after" (record-of rolled))
      (check "re-rolled: another seed" (not (string=? (name-of rolled) name)))
      (check "re-rolled: the first of two as before" (= (child group 0) rolled))
      (check "re-rolled: the same place" (equal? (offsets-of rolled) place))
      (check "re-rolled: the same mask" (= (mask-at rolled 100 30) edge))
      (check "re-rolled: the same opacity" (= (car (gimp-layer-get-opacity rolled)) 40))
      (check "re-rolled: the same mode"
             (= (car (gimp-layer-get-mode rolled)) LAYER-MODE-MULTIPLY))
      (check "re-rolled: as invisible" (not (yes? (car (gimp-item-get-visible rolled))))))
    (gimp-image-delete image)))

(define (case-profile)
  (let* ((image (new-image 160 120 rgb u16)) (layer 0))
    (set-profile image profile)
    (set! layer (add-layer image 0 0 160 120 brown))
    (let ((group (car (detail-faces image layer "" "2" ""))))
      (check "16 bit with a profile: the image keeps it" (has-profile? image))
      (check "16 bit with a profile: red is the opposite of the stored value"
             (near? (pixel (child group 1) 10 12 0) (car opposite-in-profile)))
      (check "16 bit with a profile: green too"
             (near? (pixel (child group 1) 10 12 1) (cadr opposite-in-profile))))
    (gimp-image-delete image)))

(define (case-two-images)
  (let* ((one (new-image 160 120 rgb u8)) (two (new-image 160 120 grey u16))
         (first (add-layer one 0 0 160 120 brown))
         (second (add-layer two 0 0 160 120 '(200 200 200))))
    (check-faces "two images, the first" one first opposite brown)
    (check-faces "two images, the second" two second '(55 55 55) '(200 200 200))
    (check "two images: the first is as it was after its own" (shows? one 40 50 opposite))
    (gimp-image-delete one)
    (gimp-image-delete two)))

; The plug-in is ended from outside while it waits for the engine: what GIMP's own Cancel does.
(define (case-killed)
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown)))
    (check "ended in the middle: an error or nothing"
           (begin (fails? (detail-faces image layer "wait" "2" "")) #t))
    (check "ended in the middle: nothing was added" (= (layer-count image) 1))
    (check "ended in the middle: the next call works" (= (cadr (detail-faces image layer "" "2" "")) 2))
    (check "the engine's process ends: nothing was added"
           (begin (fails? (detail-faces image layer "crash" "2" "")) (= (layer-count image) 2)))
    (check "the engine's process ended: the next call works" (= (cadr (detail-faces image layer "" "2" "")) 2))
    (gimp-image-delete image)))

; Who runs this does something and then takes the file away.
(define (from-outside name)
  (let ((file (string-append folder "/" name)))
    (close-output-port (open-output-file file))
    (let loop ((left 600))
      (if (and (> left 0) (file-exists? file)) (begin (usleep 100000) (loop (- left 1)))))))

(define (case-worker)
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown)))
    (check "the worker is ended: an error" (fails? (detail-faces image layer "wait" "2" "")))
    (say (string-append "SAID " said))
    (check "the worker is ended: nothing was added" (= (layer-count image) 1))
    (check "the worker was ended: the next call starts another"
           (= (cadr (detail-faces image layer "" "2" "")) 2))
    (from-outside "loaded")
    (check "Release Memory" (not (fails? (release-memory))))
    (from-outside "released")
    (check "after Release Memory: the next call works" (= (cadr (detail-faces image layer "" "2" "")) 2))
    (gimp-image-delete image)))

(define (case-nothing-in-memory)
  (check "Release Memory where nothing is in memory" (not (fails? (release-memory)))))

(define cases
  '(case-nothing-in-memory case-rgb case-depths case-places case-alpha case-visible case-selection
    case-choice case-refused case-last-values case-modules case-reopen case-painted case-reroll case-profile case-two-images
    case-killed))
(define (run each)
  (catch (say (string-append "FAIL the case " (symbol->string each) " ended early: " said))
         ((eval each))))
(define (run-all cases)
  (for-each run cases)
  (say "END")
  (close-output-port results-port))
